//! Archives whose bytes depend on nothing but their content and the commit's time.

use std::collections::BTreeMap;
use std::fs;
use std::io::{Cursor, Write};
use std::path::Path;

use anyhow::{Context, Result, anyhow};
use flate2::Compression;
use flate2::write::GzEncoder;
use time::{OffsetDateTime, PrimitiveDateTime};
use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

/// The files of an archive by their names in it, folders separated by `/`. The order of the names is the order of the files.
#[derive(Clone, Default)]
pub(crate) struct Files(BTreeMap<String, File>);

#[derive(Clone)]
struct File {
    content: Vec<u8>,
    mode: u32,
}

impl Files {
    pub(crate) fn add(&mut self, name: &str, content: impl Into<Vec<u8>>) {
        self.0.insert(name.to_owned(), File { content: content.into(), mode: 0o644 });
    }

    /// A program, which keeps its mode in a tar archive.
    pub(crate) fn add_program(&mut self, name: &str, content: Vec<u8>) {
        self.0.insert(name.to_owned(), File { content, mode: 0o755 });
    }

    /// Everything in a folder, by paths relative to it.
    pub(crate) fn add_folder(&mut self, folder: &Path) -> Result<()> {
        self.add_tree(folder, "")
    }

    fn add_tree(&mut self, folder: &Path, prefix: &str) -> Result<()> {
        for entry in fs::read_dir(folder).with_context(|| format!("cannot list {}", folder.display()))? {
            let entry = entry?;
            let name = entry
                .file_name()
                .into_string()
                .map_err(|name| anyhow!("a file's name is no text: {}", name.display()))?;
            if entry.file_type()?.is_dir() {
                self.add_tree(&entry.path(), &format!("{prefix}{name}/"))?;
            } else {
                let content =
                    fs::read(entry.path()).with_context(|| format!("cannot read {}", entry.path().display()))?;
                self.add(&format!("{prefix}{name}"), content);
            }
        }
        Ok(())
    }

    /// The content of a file that has been added.
    ///
    /// # Panics
    /// If it has not.
    pub(crate) fn content(&self, name: &str) -> &[u8] {
        &self.0[name].content
    }

    /// The same files in a folder of the archive.
    pub(crate) fn inside(self, folder: &str) -> Self {
        Self(self.0.into_iter().map(|(name, file)| (format!("{folder}/{name}"), file)).collect())
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.0.keys().map(String::as_str)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &[u8])> {
        self.0.iter().map(|(name, file)| (name.as_str(), file.content.as_slice()))
    }

    pub(crate) fn zip(&self, time: OffsetDateTime) -> Result<Vec<u8>> {
        let mut archive = ZipWriter::new(Cursor::new(Vec::new()));
        let time = zip::DateTime::try_from(PrimitiveDateTime::new(time.date(), time.time()))?;
        for (name, file) in &self.0 {
            let options = SimpleFileOptions::default()
                .compression_method(CompressionMethod::Deflated)
                .compression_level(Some(9))
                .last_modified_time(time)
                .unix_permissions(file.mode);
            archive.start_file(name.as_str(), options)?;
            archive.write_all(&file.content)?;
        }
        Ok(archive.finish()?.into_inner())
    }

    pub(crate) fn tar_gz(&self, time: OffsetDateTime) -> Result<Vec<u8>> {
        let mut archive = tar::Builder::new(GzEncoder::new(Vec::new(), Compression::best()));
        for (name, file) in &self.0 {
            let mut header = tar::Header::new_ustar();
            header.set_mode(file.mode);
            header.set_mtime(time.unix_timestamp().try_into()?);
            header.set_size(file.content.len().try_into()?);
            archive.append_data(&mut header, name, file.content.as_slice())?;
        }
        Ok(archive.into_inner()?.finish()?)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;
    use crate::package::commit::Commit;

    fn files() -> Files {
        let mut files = Files::default();
        files.add("z.txt", "last");
        files.add_program("bin/a", b"first".to_vec());
        files
    }

    #[test]
    fn a_zip_archive_holds_the_files_in_the_order_of_their_names_at_the_given_time() {
        let time = Commit::unknown().time;
        let bytes = files().inside("folder").zip(time).unwrap();
        let mut archive = zip::ZipArchive::new(Cursor::new(&bytes)).unwrap();
        assert_eq!(archive.len(), 2);
        let mut first = archive.by_index(0).unwrap();
        assert_eq!((first.name().unwrap().as_ref(), first.last_modified().unwrap().year()), ("folder/bin/a", 1980));
        let mut content = String::new();
        first.read_to_string(&mut content).unwrap();
        assert_eq!(content, "first");
    }

    #[test]
    fn a_tar_archive_keeps_the_mode_of_programs() {
        let bytes = files().tar_gz(Commit::unknown().time).unwrap();
        let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(bytes.as_slice()));
        let modes = archive.entries().unwrap().map(|entry| {
            let header = entry.unwrap().header().clone();
            (header.path().unwrap().display().to_string(), header.mode().unwrap(), header.mtime().unwrap())
        });
        let year_1980 = 315_532_800;
        assert_eq!(
            modes.collect::<Vec<_>>(),
            [("bin/a".to_owned(), 0o755, year_1980), ("z.txt".to_owned(), 0o644, year_1980)]
        );
    }

    #[test]
    fn names_in_an_archive_are_paths_from_the_folder() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir_all(folder.path().join("native/osx")).unwrap();
        fs::write(folder.path().join("native/osx/lib"), "x").unwrap();
        fs::write(folder.path().join("LICENSE"), "y").unwrap();
        let mut files = Files::default();
        files.add_folder(folder.path()).unwrap();
        assert_eq!(files.names().collect::<Vec<_>>(), ["LICENSE", "native/osx/lib"]);
    }
}

//! A stage and a token file of its service account.

use std::fs;
use std::path::PathBuf;

use vcd_auth::{ExchangeRequest, Exchanged, Failure, Organization, Progress, Reuse, runtime};
use vcdsim::Kind;

use super::{Stage, run, token};

/// The stage and the file.
pub struct WithFile {
    pub stage: Stage,
    pub folder: tempfile::TempDir,
    pub file: PathBuf,
}

impl WithFile {
    pub fn new() -> Self {
        Self::on(Stage::new())
    }

    pub fn on(stage: Stage) -> Self {
        let folder = tempfile::tempdir().expect("temporary folder");
        let file = folder.path().join("account.json");
        let this = WithFile { stage, folder, file };
        this.put(this.stage.token("acme", Kind::ServiceAccount).secret().expose());
        this
    }

    /// Writes the file as the Terraform provider does.
    pub fn put(&self, token: &str) {
        let content = format!(
            "{{\n  \"token_type\": \"Service Account\",\n  \"refresh_token\": \"{token}\",\n  \"updated_by\": \"terraform\",\n  \"updated_on\": \"2024-05-17T09:30:00Z\"\n }}"
        );
        fs::write(&self.file, content).expect("writable");
    }

    pub fn request(&self) -> ExchangeRequest {
        let organization = Organization::parse("acme").expect("valid");
        ExchangeRequest::from_file(self.stage.site(), organization, self.file.clone())
    }

    pub fn exchange(&self, reuse: Reuse) -> Exchanged {
        run(self.stage.client.exchange(&self.request().reuse(reuse), &Progress::default()))
    }

    pub fn succeed(&self, reuse: Reuse) -> Exchanged {
        let exchanged = self.exchange(reuse);
        assert!(exchanged.session.is_ok(), "{exchanged:?}");
        exchanged
    }

    pub fn fail(&self) -> Failure {
        self.exchange(Reuse::Never).session.expect_err("a failure")
    }

    /// The token that the file holds.
    pub fn in_file(&self) -> String {
        let file: serde_json::Value = serde_json::from_slice(&fs::read(&self.file).expect("readable")).expect("JSON");
        file["refresh_token"].as_str().expect("text").to_owned()
    }

    /// The names in the file's folder, without the file and its lock.
    pub fn beside(&self) -> Vec<String> {
        let names = fs::read_dir(self.folder.path()).expect("a folder").flatten();
        let names = names.map(|entry| entry.file_name().into_string().expect("text"));
        names.filter(|name| name != "account.json" && name != "account.json.vcd-lock").collect()
    }

    /// The path of what lies beside the file under its name with this ending.
    pub fn beside_at(&self, ending: &str) -> PathBuf {
        self.folder.path().join(format!("account.json{ending}"))
    }

    /// Starts this many calls for private sessions at once, and gives what came of each.
    pub fn crowd(&self, callers: usize) -> Vec<Exchanged> {
        let start = |_| {
            let (client, request) = (self.stage.client.clone(), self.request().reuse(Reuse::Never));
            runtime::spawn(async move { client.exchange(&request, &Progress::default()).await }).expect("runtime")
        };
        let callers: Vec<_> = (0..callers).map(start).collect();
        callers.into_iter().map(|caller| run(caller).expect("finished")).collect()
    }

    /// Whether the token in the file is the living one.
    pub fn works(&self) -> bool {
        self.stage.exchange("acme", &token(&self.in_file())).session.is_ok()
    }
}

use std::alloc::{GlobalAlloc, Layout, System};
use std::ptr;

/// The system allocator, except that every block is overwritten with zeros before it is given back.
///
/// HTTP, TLS and JSON libraries copy tokens through buffers that know nothing of secrets. With this as the
/// `#[global_allocator]` of a library or program, no such copy survives its buffer. Blocks that grow are moved rather
/// than resized in place, because the system's `realloc` may leave the old copy behind.
#[derive(Debug, Default, Clone, Copy)]
pub struct WipingAllocator;

/// Overwrites `size` bytes in a way that the optimizer may not drop, although the block is freed right after.
///
/// # Safety
/// `block` points to `size` writable bytes that nothing else uses, aligned as the allocator handed them out.
unsafe fn wipe(block: *mut u8, size: usize, align: usize) {
    const WORD: usize = size_of::<u64>();
    let words = if align >= WORD { size / WORD } else { 0 };
    for index in 0..words {
        // SAFETY: the word lies within the block, and the block is aligned for words.
        let word = unsafe { block.cast::<u64>().add(index) };
        // SAFETY: as above.
        unsafe { ptr::write_volatile(word, 0) };
    }
    for index in words * WORD..size {
        // SAFETY: the byte lies within the block.
        let byte = unsafe { block.add(index) };
        // SAFETY: as above.
        unsafe { ptr::write_volatile(byte, 0) };
    }
}

// SAFETY: every block comes from the system allocator and returns to it with the layout it was made with; a block is
// written only while it is exclusively owned by the caller of `dealloc` or `realloc`.
unsafe impl GlobalAlloc for WipingAllocator {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps `GlobalAlloc::alloc`'s contract.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        // SAFETY: the caller keeps `GlobalAlloc::alloc_zeroed`'s contract.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, block: *mut u8, layout: Layout) {
        // SAFETY: the block has the layout's size and alignment, and its owner gives it up.
        unsafe { wipe(block, layout.size(), layout.align()) };
        // SAFETY: the caller keeps `GlobalAlloc::dealloc`'s contract.
        unsafe { System.dealloc(block, layout) }
    }

    unsafe fn realloc(&self, block: *mut u8, layout: Layout, new_size: usize) -> *mut u8 {
        // SAFETY: the caller promises that `new_size`, rounded up to the alignment, does not overflow and is not zero.
        let new_layout = unsafe { Layout::from_size_align_unchecked(new_size, layout.align()) };
        // SAFETY: the layout is valid and not empty, see above.
        let moved = unsafe { System.alloc(new_layout) };
        if !moved.is_null() {
            // SAFETY: both blocks are at least as long as the shorter one, and a fresh block overlaps nothing.
            unsafe { ptr::copy_nonoverlapping(block, moved, layout.size().min(new_size)) };
            // SAFETY: the caller gives the old block up once `realloc` succeeds.
            unsafe { self.dealloc(block, layout) };
        }
        moved
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_byte_is_wiped_whatever_the_size_and_alignment() {
        for (size, align) in [(1, 1), (7, 1), (8, 8), (23, 8), (64, 16), (65, 1)] {
            let layout = Layout::from_size_align(size, align).expect("valid layout");
            // SAFETY: the layout is not empty.
            let block = unsafe { System.alloc(layout) };
            // SAFETY: the block is `size` bytes long.
            unsafe { ptr::write_bytes(block, 0xAA, size) };
            // SAFETY: the block is exclusively ours and aligned as said.
            unsafe { wipe(block, size, align) };
            // SAFETY: the block is initialized and `size` bytes long.
            let bytes = unsafe { std::slice::from_raw_parts(block, size) };
            assert!(bytes.iter().all(|byte| *byte == 0), "size {size} align {align}: {bytes:?}");
            // SAFETY: allocated above with this layout.
            unsafe { System.dealloc(block, layout) };
        }
    }

    #[test]
    fn a_block_that_grows_keeps_its_content() {
        let layout = Layout::from_size_align(10, 1).expect("valid layout");
        // SAFETY: the layout is not empty.
        let block = unsafe { WipingAllocator.alloc(layout) };
        // SAFETY: the block is 10 bytes long.
        unsafe { ptr::write_bytes(block, 7, 10) };
        // SAFETY: the block was made by this allocator with this layout; the new size is not zero.
        let grown = unsafe { WipingAllocator.realloc(block, layout, 100) };
        // SAFETY: the first 10 bytes were copied.
        assert_eq!(unsafe { std::slice::from_raw_parts(grown, 10) }, [7; 10]);
        let grown_layout = Layout::from_size_align(100, 1).expect("valid layout");
        // SAFETY: `grown` has this layout now.
        unsafe { WipingAllocator.dealloc(grown, grown_layout) };
    }
}

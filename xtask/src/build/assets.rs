//! Files for the browser: a name with a hash of the content, and compressed variants beside the file.

use std::fs;
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};

/// One file of the editor.
pub(crate) struct Asset {
    /// File name, without folder.
    pub(crate) name: String,
    /// Content.
    pub(crate) bytes: Vec<u8>,
}

impl Asset {
    /// A file whose name changes with its content, so that browsers may keep it for ever.
    pub(crate) fn hashed(stem: &str, extension: &str, bytes: Vec<u8>) -> Self {
        Self { name: hashed_name(stem, extension, &bytes), bytes }
    }

    /// Writes the file with its `.br` and `.gz` variants. Returns its size and its brotli size in bytes.
    pub(crate) fn write(&self, folder: &Path) -> Result<(usize, usize)> {
        fs::create_dir_all(folder).with_context(|| format!("cannot make {}", folder.display()))?;
        let brotli = brotli(&self.bytes)?;
        let save = |suffix: &str, bytes: &[u8]| {
            let path = folder.join(format!("{}{suffix}", self.name));
            fs::write(&path, bytes).with_context(|| format!("cannot write {}", path.display()))
        };
        save("", &self.bytes)?;
        save(".br", &brotli)?;
        save(".gz", &gzip(&self.bytes)?)?;
        Ok((self.bytes.len(), brotli.len()))
    }
}

/// A file name that changes with `content`.
pub(crate) fn hashed_name(stem: &str, extension: &str, content: &[u8]) -> String {
    format!("{stem}-{}.{extension}", &hash(content)[..16])
}

/// SHA-256 as lower-case hexadecimal digits.
pub(crate) fn hash(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn brotli(bytes: &[u8]) -> Result<Vec<u8>> {
    // Quality 11 of 11, and the largest window that every browser reads (22 bits).
    let mut writer = brotli::CompressorWriter::new(Vec::new(), 64 * 1024, 11, 22);
    writer.write_all(bytes)?;
    writer.flush()?;
    Ok(writer.into_inner())
}

fn gzip(bytes: &[u8]) -> Result<Vec<u8>> {
    let mut writer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    writer.write_all(bytes)?;
    Ok(writer.finish()?)
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn variants_hold_the_same_bytes() {
        let folder = tempfile::tempdir().unwrap();
        let bytes = b"weave ".repeat(1_000);
        let asset = Asset::hashed("a", "js", bytes.clone());
        let (size, compressed) = asset.write(folder.path()).unwrap();
        assert_eq!(size, 6_000);
        assert!(compressed < 100, "{compressed}");

        let file =
            |suffix: &str| fs::File::open(folder.path().join(format!("{}{suffix}", asset.name))).unwrap();
        let mut back = Vec::new();
        flate2::read::GzDecoder::new(file(".gz")).read_to_end(&mut back).unwrap();
        assert_eq!(back, bytes);
        back.clear();
        brotli::Decompressor::new(file(".br"), 4096).read_to_end(&mut back).unwrap();
        assert_eq!(back, bytes);
    }

    #[test]
    fn the_name_follows_the_content() {
        let name = |bytes: &[u8]| Asset::hashed("a", "js", bytes.to_vec()).name;
        assert_eq!(name(b"1"), name(b"1"));
        assert_ne!(name(b"1"), name(b"2"));
        assert_eq!(hash(b""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }
}

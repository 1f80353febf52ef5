//! Takes the files of Swagger UI that the server serves out of the archive of their crate. The archive
//! has them deflated, which is what gzip wraps, so nothing is compressed here.

use std::error::Error;
use std::io::{Cursor, Read as _};
use std::path::PathBuf;
use std::{env, fs};

use utoipa_swagger_ui_vendored::SWAGGER_UI_VENDORED;
use zip::{CompressionMethod, ZipArchive};

/// Their names below `dist/`.
const FILES: [&str; 2] = ["swagger-ui-bundle.js", "swagger-ui.css"];

/// A gzip header: deflated, no name, no time, of no certain system.
const HEADER: [u8; 10] = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 0xff];

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=build.rs");
    let folder = PathBuf::from(env::var("OUT_DIR")?);
    let mut archive = ZipArchive::new(Cursor::new(SWAGGER_UI_VENDORED))?;
    for name in FILES {
        let at = position(&archive, name)?;
        let mut file = archive.by_index_raw(at)?;
        if file.compression() != CompressionMethod::DEFLATE {
            return Err(format!("{name} is not deflated").into());
        }
        let mut gzip = HEADER.to_vec();
        file.read_to_end(&mut gzip)?;
        gzip.extend(file.crc32().to_le_bytes());
        gzip.extend(u32::try_from(file.size())?.to_le_bytes());
        fs::write(folder.join(format!("{name}.gz")), gzip)?;
    }
    Ok(())
}

fn position(archive: &ZipArchive<Cursor<&[u8]>>, name: &str) -> Result<usize, Box<dyn Error>> {
    let end = format!("/dist/{name}");
    let found = archive.file_names_raw().position(|path| path.ends_with(end.as_bytes()));
    found.ok_or_else(|| format!("Swagger UI has no {name}").into())
}

//! The list of files ends an install. Without it, or where it and the files disagree, the install is broken.

use std::fs::{self, File};
use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};

use super::recipe::Recipe;
use super::wheel::{Extracted, hash_file};

/// The list has this name in the install.
pub const NAME: &str = "installed.txt";

/// Writes the list, as the last file of an install.
pub fn write(folder: &Path, recipe: &Recipe, files: &[Extracted]) -> Result<()> {
    let wheels = recipe.pins.iter().map(|pin| format!("wheel {}\n", pin.requirement()));
    let files = files.iter().map(|file| format!("file {} {} {}\n", file.sha256, file.size, file.path));
    let path = folder.join(NAME);
    let mut marker = File::create(&path).with_context(|| format!("cannot write {}", path.display()))?;
    marker.write_all(wheels.chain(files).collect::<String>().as_bytes())?;
    marker.sync_all().with_context(|| format!("cannot write {}", path.display()))
}

/// Checks in milliseconds that the install is made of the pinned wheels, and that its libraries have the right sizes.
pub fn check_quick(folder: &Path, recipe: &Recipe) -> Result<(), String> {
    let files = read(folder, recipe)?;
    files.iter().filter(|file| file.path.contains(".so")).try_for_each(|file| check_size(folder, file))?;
    recipe.links.iter().try_for_each(|(path, target)| match fs::read_link(folder.join(path)) {
        Ok(found) if found == Path::new(target) => Ok(()),
        _ => Err(format!("{path} is not a link to {target}")),
    })
}

/// Does what [`check_quick`] does, and reads and hashes every file too.
pub fn check_full(folder: &Path, recipe: &Recipe) -> Result<(), String> {
    check_quick(folder, recipe)?;
    for file in read(folder, recipe)? {
        check_size(folder, &file)?;
        match hash_file(&folder.join(&file.path)) {
            Ok(found) if found == file.sha256 => {}
            Ok(_) => return Err(format!("{} was altered", file.path)),
            Err(error) => return Err(format!("{error:#}")),
        }
    }
    Ok(())
}

fn check_size(folder: &Path, file: &Extracted) -> Result<(), String> {
    match fs::symlink_metadata(folder.join(&file.path)) {
        Ok(found) if found.is_file() && found.len() == file.size => Ok(()),
        Ok(found) => Err(format!("{} holds {} bytes instead of {}", file.path, found.len(), file.size)),
        Err(_) => Err(format!("{} is missing", file.path)),
    }
}

fn read(folder: &Path, recipe: &Recipe) -> Result<Vec<Extracted>, String> {
    let text = fs::read_to_string(folder.join(NAME)).map_err(|_| format!("{NAME} is missing or unreadable"))?;
    let wheels: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("wheel ")).collect();
    let pinned: Vec<String> = recipe.pins.iter().map(|pin| pin.requirement()).collect();
    if wheels != pinned {
        return Err("it was made of other wheels than the pinned ones".into());
    }
    let lines = text.lines().filter(|line| !line.starts_with("wheel "));
    let files: Option<Vec<Extracted>> = lines.map(parse_file).collect();
    let files = files.ok_or_else(|| format!("{NAME} is damaged"))?;
    let missing = recipe.required.iter().find(|path| !files.iter().any(|file| file.path == **path));
    missing.map_or(Ok(files), |path| Err(format!("{path} is not among its files")))
}

fn parse_file(line: &str) -> Option<Extracted> {
    let mut fields = line.strip_prefix("file ")?.splitn(3, ' ');
    let (sha256, size, path) = (fields.next()?, fields.next()?, fields.next()?);
    Some(Extracted { path: path.into(), size: size.parse().ok()?, sha256: sha256.into() })
}

//! Settings that are wrong in every way, with a password among them: whatever is said about them, it is not the
//! password. The texts: how the password is written, what stands before it, what stands after it.

use std::cell::RefCell;
use std::fs::{OpenOptions, Permissions};
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};

use followup::config::{ConfigError, Places, describe, from_text, load};
use tempfile::TempDir;

use super::Parts;

/// What a fuzzer does not come upon by itself.
const PASSWORD: &str = "p%ss/w0rd+canary=7f3a";

thread_local! {
    static HOME: RefCell<TempDir> = RefCell::new(TempDir::new().unwrap());
}

pub fn run(data: &[u8]) {
    let mut parts = Parts::of(data);
    let how = parts.text().bytes().next().unwrap_or_default();
    let (before, after) = (parts.text(), parts.text());
    // In a text of several lines, or in the name of a key, it is no password.
    let opens = |text: &str| text.contains("\"\"\"") || text.contains("'''") || text.contains(PASSWORD);
    if opens(&before) || opens(&after) {
        return;
    }
    let line = match how % 8 {
        0 => format!("[smtp]\nusername = 'ada'\npassword = '{PASSWORD}'"),
        1 => format!("[smtp]\nusername = 'ada'\npassword = {PASSWORD}"),
        2 => format!("[smtp]\nusername = 'ada'\npassword = \"{PASSWORD}"),
        3 => format!("[smtp]\nusername = 'ada'\npassword = ['{PASSWORD}']"),
        4 => format!("[smtp]\npasword = '{PASSWORD}'"),
        5 => format!("password = '{PASSWORD}'"),
        6 => format!("[smtp]\npassword = '{PASSWORD}'\npassword = '{PASSWORD}'"),
        _ => format!("smtp.username = 'ada'\nsmtp.password = \"\"\"{PASSWORD}\"\"\""),
    };
    let text = format!("{before}\n{line}\n{after}");
    judge(from_text(&text));
    HOME.with_borrow(|home| in_file(home, &text));
}

fn in_file(home: &TempDir, text: &str) {
    let places = Places::sealed(home.path());
    let mut file = OpenOptions::new();
    let mut file = file.write(true).create(true).truncate(true).mode(0o600).open(&places.settings).unwrap();
    file.write_all(text.as_bytes()).unwrap();
    judge(load(&places, &[]));
    judge(describe(&places, &[], &[]));
    // Others may read it: refused, or it holds no password.
    file.set_permissions(Permissions::from_mode(0o644)).unwrap();
    judge(load(&places, &[]));
    file.set_permissions(Permissions::from_mode(0o600)).unwrap();
}

fn judge<T: std::fmt::Debug>(read: Result<T, ConfigError>) {
    let shown = match read {
        Ok(read) => format!("{read:?}"),
        Err(error) => format!("{error}\n{}\n{error:?}", error.hint()),
    };
    assert!(!shown.contains(PASSWORD), "{shown}");
}

//! The mail account: checks of the section `[smtp]`, and where its password comes from.

use std::path::{Path, PathBuf};

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use secrecy::ExposeSecret;

use super::check::Check;
use super::document;
use super::error::ConfigError;
use super::{Account, Auth, Encryption, Login, Password};
use crate::core::application::check_line;

/// The file in systemd's folder of credentials that holds the password (`LoadCredential=smtp-password:...`).
const CREDENTIAL: &str = "smtp-password";
const WAYS: [&str; 3] = ["smtp.password", "smtp.password_file", "smtp.password_command"];

impl Check<'_> {
    /// The account for sending.
    pub(super) fn account(&self) -> Result<Account, ConfigError> {
        let smtp = &self.layers.settings.smtp;
        if smtp.host.trim().is_empty() {
            return Err(self.bad("smtp.host", "is empty: name your provider's mail server"));
        }
        self.fact("smtp.host", check_line("smtp.host", &smtp.host))?;
        let encryption = match smtp.tls.as_str() {
            "implicit" => Encryption::Implicit,
            "none" => Encryption::None,
            "starttls" => Encryption::StartTls,
            other => return Err(self.choice("smtp.tls", other, "\"implicit\", \"starttls\" or \"none\"")),
        };
        let authorities = self.authorities(Path::new(&smtp.ca_file))?;
        let auth = match smtp.auth.as_str() {
            "auto" => Auth::Auto,
            "plain" => Auth::Plain,
            "login" => Auth::Login,
            "xoauth2" => {
                let why = "this version cannot do \"xoauth2\" yet, only \"auto\", \"plain\" or \"login\"; \
                           many providers have app passwords for that";
                return Err(self.bad("smtp.auth", why));
            }
            other => return Err(self.choice("smtp.auth", other, "\"auto\", \"plain\" or \"login\"")),
        };
        let login = match smtp.username.as_str() {
            "" => None,
            username => {
                self.fact("smtp.username", check_line("smtp.username", username))?;
                Some(Login { username: username.to_owned(), password: self.password()?, auth })
            }
        };
        let port = u16::try_from(smtp.port).ok().filter(|&port| port > 0);
        let port = port.ok_or_else(|| self.bad("smtp.port", format!("{} is not a port from 1 to 65535", smtp.port)))?;
        Ok(Account { host: smtp.host.clone(), port, encryption, authorities, login })
    }

    /// The certificates in the file at `path`; none if it has no name.
    fn authorities(&self, path: &Path) -> Result<Vec<CertificateDer<'static>>, ConfigError> {
        let wrong = |why: String| self.bad("smtp.ca_file", format!("{} {why}", path.display()));
        if path.as_os_str().is_empty() {
            return Ok(Vec::new());
        }
        if !path.is_absolute() {
            return Err(wrong("must begin with /, so that it is found from everywhere".to_owned()));
        }
        let text = document::open(path).and_then(|file| document::read_text(file, path));
        let text = text.map_err(|error| match error {
            ConfigError::Unreadable { source, .. } => wrong(format!("cannot be read: {source}")),
            error => self.bad("smtp.ca_file", error.to_string()),
        })?;
        let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text.as_bytes()).collect();
        match found {
            Ok(found) if !found.is_empty() => Ok(found),
            _ => Err(wrong("has no certificate in it (-----BEGIN CERTIFICATE-----)".to_owned())),
        }
    }

    /// Whether each letter goes to the person too.
    pub(super) fn copy(&self) -> Result<bool, ConfigError> {
        match self.layers.settings.smtp.copy.as_str() {
            "bcc" => Ok(true),
            "none" => Ok(false),
            "append" => {
                let why = "this version cannot do \"append\" yet, only \"bcc\" or \"none\"";
                Err(self.bad("smtp.copy", why))
            }
            other => Err(self.choice("smtp.copy", other, "\"bcc\" or \"none\"")),
        }
    }

    /// The one way to the password that is set, or systemd's credential where none is.
    fn password(&self) -> Result<Password, ConfigError> {
        let smtp = &self.layers.settings.smtp;
        let password = smtp.password.expose_secret();
        let is_set = [!password.is_empty(), !smtp.password_file.is_empty(), !smtp.password_command.is_empty()];
        let set: Vec<&str> = WAYS.into_iter().zip(is_set).filter_map(|(key, is_set)| is_set.then_some(key)).collect();
        match set[..] {
            [] => match self.credential() {
                Some(path) => self.password_in(&path, "smtp.username"),
                None => Err(self.bad(
                    "smtp.username",
                    "is set, but none of smtp.password, smtp.password_file and smtp.password_command; give one of them",
                )),
            },
            ["smtp.password"] => match Password::check(password) {
                Ok(()) => Ok(Password::Text(smtp.password.clone())),
                Err(why) => Err(self.bad("smtp.password", why)),
            },
            ["smtp.password_file"] => self.password_file(Path::new(&smtp.password_file)),
            ["smtp.password_command"] => self.password_command(&smtp.password_command),
            [first, second, ..] => {
                let first_place = self.layers.place(first);
                Err(self.bad(second, format!("is set, and so is {first} ({first_place}); keep one of them")))
            }
            [_] => Err(self.bad("smtp.password", "cannot be used")),
        }
    }

    fn password_command(&self, command: &[String]) -> Result<Password, ConfigError> {
        let key = "smtp.password_command";
        if command.first().is_none_or(|program| program.trim().is_empty()) {
            return Err(self.bad(
                key,
                "begins with no program: name it first, then its arguments, such as [\"pass\", \"show\", \"mail\"]",
            ));
        }
        if command.iter().any(|word| word.contains('\0')) {
            return Err(self.bad(key, "has a NUL character in it; type it again"));
        }
        Ok(Password::Command(command.to_vec()))
    }

    fn password_file(&self, path: &Path) -> Result<Password, ConfigError> {
        let key = "smtp.password_file";
        if !path.is_absolute() {
            let file = path.display().to_string();
            return Err(self.bad(key, format!("{file:?} must begin with /, so that it is found from everywhere")));
        }
        // What systemd hands out is guarded by its folder; the list of who may read it looks like a group's right.
        let is_credential = self.credentials().is_some_and(|folder| path.starts_with(folder));
        if !is_credential && path.is_file() {
            document::refuse_if_others_can_read(path)?;
        }
        self.password_in(path, key)
    }

    /// The password in the file at `path`, which `key` is the reason to read.
    fn password_in(&self, path: &Path, key: &str) -> Result<Password, ConfigError> {
        let text = document::open(path).and_then(|file| document::read_text(file, path));
        let text = text.map_err(|error| {
            self.bad(
                key,
                match &error {
                    ConfigError::Unreadable { source, .. } => format!("{} cannot be read: {source}", path.display()),
                    error => error.to_string(),
                },
            )
        })?;
        let text = Password::without_line_end(&text);
        match Password::check(text) {
            Ok(()) => Ok(Password::Text(text.into())),
            Err("is empty") => Err(self.bad(key, format!("{} is empty; write the password into it", path.display()))),
            Err(why) => Err(self.bad(key, format!("{} {why}", path.display()))),
        }
    }

    fn credentials(&self) -> Option<PathBuf> {
        let set = self.environment.iter().find(|(name, value)| name == "CREDENTIALS_DIRECTORY" && !value.is_empty());
        set.map(|(_, value)| PathBuf::from(value))
    }

    fn credential(&self) -> Option<PathBuf> {
        self.credentials().map(|folder| folder.join(CREDENTIAL)).filter(|path| path.exists())
    }
}

//! `init`: writes the settings, readable by their owner only, and creates the database.

use std::fs::{DirBuilder, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::Path;

use jiff::tz::TimeZone;
use serde_json::json;

use super::failure::{Failure, Kind};
use super::{Context, Report};
use crate::config::{self, DEFAULTS};
use crate::store::Store;

/// Write the settings and create the database
#[derive(Debug, clap::Args)]
pub(super) struct Init {
    /// Your name, as letters are signed
    #[arg(long)]
    name: Option<String>,
    /// Your address
    #[arg(long)]
    email: Option<String>,
    /// Your phone number, for the letters
    #[arg(long)]
    phone: Option<String>,
    /// Your time zone, such as Europe/London [default: this machine's]
    #[arg(long, value_name = "ZONE")]
    timezone: Option<String>,
    /// Your provider's server for sending
    #[arg(long, value_name = "HOST")]
    smtp_host: Option<String>,
    #[arg(long, value_name = "PORT", help = "Its port [default: 465]")]
    smtp_port: Option<u16>,
    /// implicit, or none for a server on this machine [default: implicit]
    #[arg(long, value_name = "HOW")]
    smtp_tls: Option<String>,
    /// The name you log in with
    #[arg(long, value_name = "USER")]
    smtp_user: Option<String>,
    /// A file with the password, readable by you alone
    #[arg(long, value_name = "FILE")]
    smtp_password_file: Option<String>,
}

impl Init {
    pub(super) fn run(self, context: &Context) -> Result<Report, Failure> {
        let places = &context.places;
        if places.settings.exists() {
            let message = format!("{} exists already; it was not touched", places.settings.display());
            return Err(Failure::new(Kind::Refused, message).hint("change it with an editor, or remove it first"));
        }
        let missing: Vec<&str> = [("--name", &self.name), ("--email", &self.email), ("--smtp-host", &self.smtp_host)]
            .into_iter()
            .filter_map(|(flag, value)| value.is_none().then_some(flag))
            .collect();
        if !missing.is_empty() {
            return Err(
                Failure::new(Kind::Usage, format!("{} missing", missing.join(", "))).hint("see followup init --help")
            );
        }
        let text = self.settings();
        config::from_text(&text)?;
        for file in [&places.settings, &places.database] {
            create_folder(file)?;
        }
        write_secret(&places.settings, &text)?;
        Store::open(&places.database)?;
        let human = format!(
            "Wrote {}\nNext: add an application with `followup add --help`, and start `followup daemon`.\n",
            places.settings.display()
        );
        Ok(Report::new(human, json!({ "settings": places.settings, "database": places.database })))
    }

    /// The commented defaults, with what was given in its place.
    fn settings(&self) -> String {
        let text = |value: &Option<String>| value.as_ref().map(|value| toml::Value::from(value.as_str()).to_string());
        // Named from everywhere: the daemon is not started where `init` was typed.
        let absolute =
            |file: &String| std::path::absolute(file).map_or(file.clone(), |path| path.display().to_string());
        let password_file = self.smtp_password_file.as_ref().map(absolute);
        // Written down, so that the daemon and every shell mean the same one.
        let here = || TimeZone::try_system().ok()?.iana_name().map(str::to_owned);
        let timezone = self.timezone.clone().or_else(here);
        let given = [
            ("me", "name", text(&self.name)),
            ("me", "email", text(&self.email)),
            ("me", "phone", text(&self.phone)),
            ("me", "timezone", text(&timezone)),
            ("smtp", "host", text(&self.smtp_host)),
            ("smtp", "port", self.smtp_port.map(|port| port.to_string())),
            ("smtp", "tls", text(&self.smtp_tls)),
            ("smtp", "username", text(&self.smtp_user)),
            ("smtp", "password_file", text(&password_file)),
        ];
        let mut section = "";
        let mut lines = Vec::new();
        for line in DEFAULTS.lines() {
            section = line.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).unwrap_or(section);
            let key = line.split(" = ").next().unwrap_or_default();
            let value = given.iter().find(|(in_section, name, _)| *in_section == section && *name == key);
            lines.push(match value {
                Some((_, _, Some(value))) => format!("{key} = {value}"),
                _ => line.to_owned(),
            });
        }
        lines.join("\n") + "\n"
    }
}

/// Creates the folder of `file`, for its owner only, where it is missing.
pub(super) fn create_folder(file: &Path) -> Result<(), Failure> {
    let Some(folder) = file.parent() else { return Ok(()) };
    let created = DirBuilder::new().recursive(true).mode(0o700).create(folder);
    created.map_err(|error| Failure::new(Kind::Settings, format!("{}: {error}", folder.display())))
}

fn write_secret(path: &Path, text: &str) -> Result<(), Failure> {
    let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path);
    let written = file.and_then(|mut file| file.write_all(text.as_bytes()).and_then(|()| file.sync_all()));
    written.map_err(|error| Failure::new(Kind::Settings, format!("{}: {error}", path.display())))
}

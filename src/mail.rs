//! Floor 1: the mail server, reached through lettre.

mod answer;
mod password;
mod repeats;
mod replies;
pub mod session;
pub mod smtp;
mod starttls;
mod wire;

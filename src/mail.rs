//! Floor 1: the mail server, reached through lettre.

mod password;
pub mod smtp;
mod wire;

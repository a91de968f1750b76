//! Floor 1: the mail server, reached through lettre.

pub mod smtp;
mod wire;

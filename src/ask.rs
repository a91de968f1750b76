//! Floor 1: ways to reach the person. A mail to themselves, for now.

pub mod calls;
pub mod digest;
pub mod email;
pub mod wording;

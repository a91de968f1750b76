//! Floor 0: what is right, as pure functions over plain data. Nothing in here opens a file or a socket, asks
//! for the time or draws a random number; whoever calls hands these in.

pub mod address;
pub mod application;
pub mod calendar;
pub mod course;
pub mod dates;
pub mod delivery;
pub mod digest;
pub mod employer;
pub mod etiquette;
pub mod followup;
pub mod forecast;
mod headers;
pub mod holidays;
pub mod icalendar;
pub mod kindness;
pub mod letter;
pub mod message;
pub mod pace;
pub mod phone;
pub mod plan;
pub mod tell;
pub mod thread;
pub mod tone;
pub mod whereabouts;

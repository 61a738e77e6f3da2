//! The whole report is rendered from small hand-made records.

mod faults;
mod imported;
mod made;
mod pages;
mod rows;
mod study;
mod verdicts;

//! Lines for the user.

use super::Explorer;

/// Messages kept on screen: older ones make way.
const MESSAGES: usize = 4;

/// How a message is meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Level {
    Info,
    Error,
}

/// A line for the user. An error says what failed and the way out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    pub level: Level,
    pub text: String,
}

impl Explorer {
    /// Shows a line.
    pub fn info(&mut self, text: impl Into<String>) {
        self.say(Level::Info, text.into());
    }

    /// Shows a failure with the way out.
    pub fn error(&mut self, text: impl Into<String>) {
        self.say(Level::Error, text.into());
    }

    fn say(&mut self, level: Level, text: String) {
        let message = Message { level, text };
        self.messages.retain(|m| *m != message);
        self.messages.push_back(message);
        while self.messages.len() > MESSAGES {
            self.messages.pop_front();
        }
    }
}

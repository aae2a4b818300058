use std::collections::HashMap;
use std::str::FromStr;

use crate::failure::Result;

/// The processor for the threads at either end; None leaves them to the scheduler.
#[derive(Clone, Copy)]
pub struct Pin {
    pub clients: Option<usize>,
    pub servers: Option<usize>,
}

/// A word and `key=value` pairs.
pub struct Command<'a> {
    word: &'a str,
    values: HashMap<&'a str, &'a str>,
}

impl<'a> Command<'a> {
    pub fn parse(line: &'a str) -> Self {
        let mut words = line.split_whitespace();
        Self {
            word: words.next().unwrap_or(""),
            values: words.filter_map(|pair| pair.split_once('=')).collect(),
        }
    }

    pub fn word(&self) -> &str {
        self.word
    }

    /// The value of `key`, which must be above zero.
    pub fn number<N: FromStr + Default + PartialEq>(&self, key: &str) -> Result<N> {
        let text = self.value(key)?;
        match text.parse() {
            Ok(number) if number != N::default() => Ok(number),
            _ => Err(format!("{key} must be a number above zero, not '{text}'").into()),
        }
    }

    pub fn pin(&self) -> Result<Pin> {
        let text = self.value("pin")?;
        if text == "none" {
            return Ok(Pin { clients: None, servers: None });
        }
        let (clients, servers) = text.split_once(',').unwrap_or((text, text));
        Ok(Pin { clients: Some(processor(clients)?), servers: Some(processor(servers)?) })
    }

    fn value(&self, key: &str) -> Result<&'a str> {
        Ok(self.values.get(key).ok_or_else(|| format!("{key} is missing"))?)
    }
}

fn processor(text: &str) -> Result<usize> {
    text.parse().map_err(|_| format!("no processor: '{text}'").into())
}

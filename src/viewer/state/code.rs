//! The design as a short text, to be kept in a chat or a ticket.

use super::{Design, Explorer};
use crate::latent::{Code, Latent};

impl Explorer {
    /// The design's code.
    pub fn code(&self) -> String {
        let Design { latent, length, .. } = self.design();
        Code { model: self.model.hash.clone(), latent, length }.to_text()
    }

    /// Shows the design of a code, or says why it can't.
    pub fn paste_code(&mut self, text: &str) {
        match self.read_code(text) {
            Ok(design) => {
                self.history.name("Paste");
                self.show(design);
                self.info("Pasted the shape of a code.");
            }
            Err(why) => self.error(format!("Nothing was pasted: {why}.")),
        }
    }

    fn read_code(&self, text: &str) -> Result<Design, String> {
        let Code { model, latent, length } = Code::from_text(text).map_err(|e| e.to_string())?;
        if model != self.model.hash {
            let own = &self.model.hash;
            return Err(format!(
                "the code is of another model ({model}, this one is {own}); change to that model first"
            ));
        }
        self.fits(&latent).map_err(|e| e.to_string())?;
        Ok(Design { latent, length, grid: self.grid })
    }

    /// Whether the model decodes a latent.
    ///
    /// # Errors
    /// When its shape is another, or a number is not finite.
    pub fn fits(&self, latent: &Latent) -> Result<(), crate::latent::LatentError> {
        latent.fits_patches(self.model.groups, self.model.dim, self.model.patches)
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Level, tests::explorer};
    use super::*;

    #[test]
    fn a_code_shows_the_same_shape_and_a_wrong_one_its_reason() {
        let mut e = explorer();
        e.model.hash = "0123456789abcdef".into();
        e.latent.values_mut().copy_from_slice(&[0.12345, -2.5]);
        e.set_length(Some(0.8125));
        let (code, copied) = (e.code(), e.design());
        e.reset();
        let plain = e.code();
        e.paste_code(&code);
        assert_eq!(e.length, copied.length);
        let apart = e.latent.values().iter().zip(copied.latent.values()).map(|(a, b)| (a - b).abs());
        assert!(apart.fold(0.0, f32::max) < 1e-3);
        e.paste_code(&plain);
        assert_eq!(e.length, None);

        let mix = Latent::zeros(25, 2);
        let foreign = Code { model: "ffffffffffffffff".into(), latent: mix.clone(), length: None };
        let before = e.design();
        for (text, reason) in [
            ("a sword".to_owned(), "no shape code"),
            (code[..code.len() - 3].to_owned(), "damaged"),
            (foreign.to_text(), "another model"),
            (Code { model: e.model.hash.clone(), latent: Latent::zeros(1, 7), length: None }.to_text(), "1 x 7"),
        ] {
            e.paste_code(&text);
            let said = e.messages.back().unwrap();
            assert!(said.level == Level::Error && said.text.contains(reason), "{said:?}");
            assert_eq!(e.design(), before);
        }
        e.paste_code(&Code { model: e.model.hash.clone(), latent: mix.clone(), length: None }.to_text());
        assert_eq!(e.latent, mix);
    }
}

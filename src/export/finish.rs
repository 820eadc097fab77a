//! What the parts of a shape are made of: single materials, and sets of them that go together.

use serde::{Deserialize, Serialize};

use super::Material;

/// A material by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Finish {
    PolishedSteel,
    BrushedSteel,
    BlackenedSteel,
    Iron,
    Silver,
    Brass,
    Bronze,
    Copper,
    Gold,
    Aluminium,
    BrownLeather,
    BlackLeather,
    RedLeather,
    Oak,
    Ebony,
    Ivory,
    Clay,
    WhitePaint,
    RedPaint,
    BluePaint,
    OlivePaint,
}

impl Finish {
    /// In the order of the lists: metals, then what hands hold, then what covers.
    pub const ALL: &[Finish] = &[
        Self::PolishedSteel,
        Self::BrushedSteel,
        Self::BlackenedSteel,
        Self::Iron,
        Self::Silver,
        Self::Brass,
        Self::Bronze,
        Self::Copper,
        Self::Gold,
        Self::Aluminium,
        Self::BrownLeather,
        Self::BlackLeather,
        Self::RedLeather,
        Self::Oak,
        Self::Ebony,
        Self::Ivory,
        Self::Clay,
        Self::WhitePaint,
        Self::RedPaint,
        Self::BluePaint,
        Self::OlivePaint,
    ];

    /// For people.
    pub fn name(self) -> &'static str {
        self.row().0
    }

    /// Name, linear reflectance (at normal incidence for a metal), metallic, roughness.
    fn row(self) -> (&'static str, [f32; 3], f32, f32) {
        match self {
            Self::PolishedSteel => ("Polished steel", [0.53, 0.54, 0.55], 1.0, 0.22),
            Self::BrushedSteel => ("Brushed steel", [0.52, 0.53, 0.545], 1.0, 0.38),
            Self::BlackenedSteel => ("Blackened steel", [0.055, 0.058, 0.066], 1.0, 0.34),
            Self::Iron => ("Iron", [0.24, 0.235, 0.23], 1.0, 0.50),
            Self::Silver => ("Silver", [0.91, 0.89, 0.85], 1.0, 0.20),
            Self::Brass => ("Brass", [0.58, 0.395, 0.165], 1.0, 0.33),
            Self::Bronze => ("Bronze", [0.44, 0.24, 0.105], 1.0, 0.36),
            Self::Copper => ("Copper", [0.80, 0.39, 0.25], 1.0, 0.27),
            Self::Gold => ("Gold", [1.0, 0.70, 0.235], 1.0, 0.20),
            Self::Aluminium => ("Aluminium", [0.80, 0.81, 0.82], 1.0, 0.33),
            Self::BrownLeather => ("Brown leather", [0.115, 0.046, 0.018], 0.0, 0.58),
            Self::BlackLeather => ("Black leather", [0.014, 0.0135, 0.0135], 0.0, 0.52),
            Self::RedLeather => ("Red leather", [0.155, 0.010, 0.009], 0.0, 0.55),
            Self::Oak => ("Oak", [0.17, 0.080, 0.030], 0.0, 0.52),
            Self::Ebony => ("Ebony", [0.022, 0.015, 0.011], 0.0, 0.34),
            Self::Ivory => ("Ivory", [0.72, 0.62, 0.44], 0.0, 0.38),
            Self::Clay => ("Clay", [0.30, 0.265, 0.24], 0.0, 0.82),
            Self::WhitePaint => ("White paint", [0.68, 0.685, 0.69], 0.0, 0.28),
            Self::RedPaint => ("Red paint", [0.42, 0.018, 0.014], 0.0, 0.30),
            Self::BluePaint => ("Blue paint", [0.022, 0.075, 0.24], 0.0, 0.30),
            Self::OlivePaint => ("Olive paint", [0.085, 0.092, 0.036], 0.0, 0.62),
        }
    }

    /// As glTF and the explorer shade it.
    pub fn material(self) -> Material {
        let (name, [r, g, b], metallic, roughness) = self.row();
        let name = name.to_lowercase().replace(' ', "_");
        Material { name, base_color: [r, g, b, 1.0], metallic, roughness, double_sided: true }
    }

    /// How deep the grain of the surface is: 0 for smooth metal and paint, 1 for leather.
    pub fn grain(self) -> f32 {
        match self {
            Self::BrownLeather | Self::BlackLeather | Self::RedLeather => 1.0,
            Self::Iron => 0.25,
            Self::Oak => 0.3,
            Self::BlackenedSteel | Self::BrushedSteel | Self::Bronze => 0.12,
            Self::Clay => 0.15,
            _ => 0.0,
        }
    }
}

/// Materials that suit each other, one for each part.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Outfit {
    #[default]
    Service,
    AllSteel,
    Ceremonial,
    Blackened,
    Antique,
    Clay,
}

impl Outfit {
    pub const ALL: &[Outfit] =
        &[Self::Service, Self::AllSteel, Self::Ceremonial, Self::Blackened, Self::Antique, Self::Clay];

    /// For people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Service => "Steel and leather",
            Self::AllSteel => "All steel",
            Self::Ceremonial => "Ceremonial gold",
            Self::Blackened => "Blackened",
            Self::Antique => "Antique bronze",
            Self::Clay => "Clay",
        }
    }

    /// For people, where a plane wears it.
    pub fn plane_name(self) -> &'static str {
        match self {
            Self::Service => "White, red tail",
            Self::AllSteel => "Bare metal",
            Self::Ceremonial => "Blue and gold",
            Self::Blackened => "Blackened",
            Self::Antique => "Olive",
            Self::Clay => "Clay",
        }
    }

    /// What a part of this name is made of; an unknown part, or a whole shape without parts, has the blade's material.
    pub fn finish(self, part: &str) -> Finish {
        use Finish::*;
        let [blade, guard, grip, pommel] = match self {
            Self::Service => [PolishedSteel, Brass, BrownLeather, Brass],
            Self::AllSteel => [PolishedSteel, BrushedSteel, BrushedSteel, BrushedSteel],
            Self::Ceremonial => [PolishedSteel, Gold, RedLeather, Gold],
            Self::Blackened => [BlackenedSteel, BlackenedSteel, BlackLeather, Iron],
            Self::Antique => [Bronze, Bronze, Oak, Copper],
            Self::Clay => [Clay; 4],
        };
        match part {
            "guard" | "bow" => guard,
            "grip" => grip,
            "pommel" => pommel,
            "fuselage" | "wings" | "tail" | "engines" => self.of_plane(part),
            _ => blade,
        }
    }

    fn of_plane(self, part: &str) -> Finish {
        use Finish::*;
        let [fuselage, wings, tail, engines] = match self {
            Self::Service => [WhitePaint, Aluminium, RedPaint, Iron],
            Self::AllSteel => [Aluminium, Aluminium, Aluminium, BrushedSteel],
            Self::Ceremonial => [BluePaint, BluePaint, Gold, Gold],
            Self::Blackened => [BlackenedSteel, BlackenedSteel, BlackenedSteel, Iron],
            Self::Antique => [OlivePaint, OlivePaint, OlivePaint, Bronze],
            Self::Clay => [Clay; 4],
        };
        match part {
            "wings" => wings,
            "tail" => tail,
            "engines" => engines,
            _ => fuselage,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_finish_is_a_material_that_gltf_allows_and_has_its_own_name() {
        let mut names = std::collections::HashSet::new();
        for &finish in Finish::ALL {
            let Material { name, base_color, metallic, roughness, .. } = finish.material();
            assert!(base_color.iter().chain([&metallic, &roughness]).all(|x| (0.0..=1.0).contains(x)), "{name}");
            assert!(names.insert(name) && (0.0..=1.0).contains(&finish.grain()));
        }
    }

    #[test]
    fn outfits_know_every_part_and_cope_with_others() {
        for &outfit in Outfit::ALL {
            for part in ["blade", "guard", "grip", "pommel", "bow", "fuselage", "wings", "tail", "engines"] {
                outfit.finish(part);
            }
            assert_eq!(outfit.finish(""), outfit.finish("blade"));
            assert_eq!(outfit.finish("bow"), outfit.finish("guard"));
        }
        assert_eq!(serde_json::to_value(Outfit::Service).unwrap(), "service");
    }
}

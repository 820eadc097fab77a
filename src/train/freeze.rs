//! Layers that don't learn. `[train] freeze` lists beginnings of tensor names; what is frozen is not moved by Adam, and a
//! batch-norm whose tensors are all frozen runs on its running statistics, as in evaluation, and leaves them as they are:
//! otherwise a frozen layer would still change with every batch that it sees.

use std::collections::BTreeSet;

use crate::model::Config;
use crate::model::weights::{Slot, layout};

/// Whether one of the beginnings is that of `name`.
fn begins(prefixes: &[String], name: &str) -> bool {
    prefixes.iter().any(|prefix| name.starts_with(prefix.as_str()))
}

/// The layer that a tensor belongs to: `decoder.0` of `decoder.0.norm.scale`, `encoder.mlp.1` of `encoder.mlp.1.weight`.
pub fn layer_of(name: &str) -> String {
    let parts: Vec<&str> = name.split('.').collect();
    let wanted = if parts[0] == "encoder" { 3 } else { 2 };
    parts[..wanted.min(parts.len() - 1).max(1)].join(".")
}

/// What is wrong with `prefixes` for this network; `None` when they can be frozen.
pub fn fault(prefixes: &[String], config: &Config) -> Option<String> {
    let slots = layout(config);
    let trainable: Vec<&Slot> = slots.iter().filter(|s| s.trainable).collect();
    let idle = prefixes.iter().find(|p| p.is_empty() || !trainable.iter().any(|s| s.name.starts_with(p.as_str())));
    if let Some(prefix) = idle {
        let layers: BTreeSet<String> = trainable.iter().map(|s| layer_of(&s.name)).collect();
        let layers = layers.into_iter().collect::<Vec<_>>().join(", ");
        return Some(format!("no tensor's name begins with '{prefix}'; the network's layers are {layers}"));
    }
    let nothing = !prefixes.is_empty() && trainable.iter().all(|s| begins(prefixes, &s.name));
    nothing.then(|| "everything is frozen, so nothing would learn; leave a layer out".to_owned())
}

/// Takes the frozen tensors out of the optimiser's reach; the layers whose batch-norm stands still.
pub fn freeze(prefixes: &[String], slots: &mut [Slot]) -> BTreeSet<String> {
    let mut layers = BTreeSet::new();
    let mut moving = BTreeSet::new();
    for slot in slots.iter_mut() {
        let frozen = begins(prefixes, &slot.name);
        if let Some((layer, _)) = slot.name.split_once(".norm.") {
            if frozen { &mut layers } else { &mut moving }.insert(layer.to_owned());
        }
        slot.trainable &= !frozen;
    }
    layers.difference(&moving).cloned().collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::train::recipe::Recipe;

    fn prefixes(list: &[&str]) -> Vec<String> {
        list.iter().map(|p| (*p).to_owned()).collect()
    }

    #[test]
    fn a_prefix_of_nothing_and_all_of_everything_are_refused() {
        let config = Recipe::default().config([1.0; 3]);
        let said = |list: &[&str]| fault(&prefixes(list), &config).unwrap_or_default();
        assert_eq!(said(&[]), "");
        assert_eq!(said(&["encoder.", "decoder.0."]), "");
        assert!(
            said(&["encoder.", "decode.0"]).contains("'decode.0'")
                && said(&["x"]).contains("encoder.mlp.2, posterior.logvar")
        );
        assert!(said(&[""]).contains("layers are"));
        assert!(said(&["encoder", "posterior", "decoder"]).contains("everything is frozen"));
    }

    #[test]
    fn batch_norm_stands_still_only_where_all_of_it_is_frozen() {
        let mut slots = layout(&Recipe::default().config([1.0; 3]));
        let frozen = freeze(&prefixes(&["encoder.mlp.", "decoder.1.norm.scale", "decoder.0.uv"]), &mut slots);
        assert_eq!(frozen.into_iter().collect::<Vec<_>>(), ["encoder.mlp.0", "encoder.mlp.1", "encoder.mlp.2"]);
        let learns = |name: &str| slots.iter().find(|s| s.name == name).unwrap().trainable;
        assert!(!learns("encoder.mlp.1.weight") && !learns("decoder.1.norm.scale") && !learns("decoder.0.uv.weight"));
        assert!(learns("decoder.1.norm.shift") && learns("encoder.head.0.weight"));
    }
}

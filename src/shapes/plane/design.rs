//! What an airplane is before it is built: the choices and the measures, in metres unless a field says otherwise.

use crate::shapes::dice::choice;

choice!(
    /// The kind that a design is drawn from; it decides which choices go together.
    Family {
        Airliner,
        /// Business jets: engines at the tail.
        Jet,
        /// Swept bombers with engines in pods or in the wings' roots.
        Bomber,
        Fighter,
        /// Delta wings, with or without a tailplane.
        Delta,
        Glider,
        /// Propeller planes of private pilots.
        Light,
        /// Low-winged fighters with a propeller.
        Warbird,
        Biplane,
        /// Chunky propeller planes, as in games and cots.
        Toy,
        /// A pod, a boom and a wing above it.
        Ultralight,
    }
);

choice!(
    /// How the hull's radius runs from nose to tail.
    Hull {
        /// Of one radius between nose and tail cone.
        Tube,
        /// Thickest before the middle.
        Teardrop,
        /// A pod that ends in a thin boom.
        Boom,
    }
);

choice!(
    /// The front end of the hull.
    Nose {
        Round,
        /// An ogive to a sharp point.
        Pointed,
        /// Blunt, as around a radial engine.
        Cowl,
    }
);

choice!(
    /// The hull's cross-section.
    Section {
        Round,
        /// A rounded box.
        Box,
    }
);

choice!(
    /// How a lifting surface's chord runs from root to tip.
    Planform {
        Straight,
        Tapered,
        /// A wide inner part, as airliners have.
        Kinked,
        Elliptical,
        Delta,
        /// A delta whose leading edge curves twice.
        Ogee,
    }
);

choice!(
    /// Where the wing meets the hull.
    Mount {
        Low,
        Mid,
        High,
        /// Above the hull on struts.
        Parasol,
    }
);

choice!(
    /// How fins and tailplane stand together.
    TailForm {
        /// Tailplane on the hull, one fin.
        Conventional,
        /// Tailplane halfway up the fin.
        Cross,
        /// Tailplane on top of the fin.
        T,
        /// Two slanted surfaces.
        V,
        /// Two fins on the hull.
        Twin,
        /// Two fins at the tailplane's ends.
        H,
        /// One fin alone.
        FinOnly,
    }
);

choice!(
    /// What drives it.
    Power {
        /// Nothing: a glider.
        None,
        /// A propeller at the nose.
        Nose,
        /// Propellers on the wings.
        Wing,
        /// Jets in pods under the wings.
        Pods,
        /// Jets in pods at the hull's tail.
        Rear,
        /// Jets in the wings' roots.
        Root,
        /// Jets in the hull: intakes beside it, nozzles at its end.
        Hull,
        /// A propeller behind the pod.
        Pusher,
    }
);

choice!(
    /// The cockpit's glazing.
    Canopy {
        /// Flush with the hull.
        None,
        Bubble,
        /// Long, running into the back.
        Razorback,
    }
);

choice!(
    /// The undercarriage.
    Gear {
        /// Drawn in, or a glider's skid.
        Retracted,
        /// Two main wheels on legs and a tail wheel.
        Wheels,
        /// Wheels in fairings.
        Spats,
    }
);

/// The hull. Shares are of its length, from the nose.
#[derive(Clone, Debug, PartialEq)]
pub struct HullDesign {
    pub hull: Hull,
    pub nose: Nose,
    pub section: Section,
    pub length: f32,
    /// Greatest extent along X.
    pub width: f32,
    /// Greatest extent along Y, as a share of the width.
    pub tall: f32,
    pub nose_share: f32,
    pub tail_share: f32,
    /// Radius at the tail's end as a share of the greatest.
    pub tail_end: f32,
    /// How far the tail's end rises, as a share of the half-height: 1 keeps the back straight.
    pub upsweep: f32,
    /// How far the nose droops, likewise.
    pub droop: f32,
    pub canopy: Canopy,
    /// Middle, length, and width (a share of the hull's) of the canopy.
    pub canopy_at: f32,
    pub canopy_length: f32,
    pub canopy_width: f32,
    pub gear: Gear,
}

/// A wing, tailplane or fin.
#[derive(Clone, Debug, PartialEq)]
pub struct SurfaceDesign {
    pub planform: Planform,
    /// From the root to the tip, along the surface.
    pub reach: f32,
    /// Chord at the root.
    pub chord: f32,
    /// Chord at the tip as a share of the root's.
    pub taper: f32,
    /// Of the planform's straight line (leading edge, quarter chord or trailing edge), in degrees, positive backward.
    pub sweep: f32,
    /// Slope of the surface, in degrees: dihedral of a wing.
    pub slope: f32,
    /// Greatest thickness as a share of the chord.
    pub thickness: f32,
    /// Length of an upturned tip as a share of the reach, 0 for none.
    pub winglet: f32,
    /// Are the tip's corners rounded?
    pub rounded: bool,
}

/// The wings.
#[derive(Clone, Debug, PartialEq)]
pub struct WingDesign {
    pub surface: SurfaceDesign,
    pub mount: Mount,
    /// Where the middle of the root's chord lies, as a share of the hull from the nose.
    pub at: f32,
    /// How far a parasol wing stands above the hull, as a share of the hull's half-height.
    pub clearance: f32,
    /// Is there a second, lower wing?
    pub lower: bool,
    /// Do struts hold the wing?
    pub struts: bool,
    /// How far the second wing lies behind, as a share of the chord.
    pub stagger: f32,
    /// Small wings before the main ones.
    pub canard: Option<SurfaceDesign>,
}

/// Fins and tailplane.
#[derive(Clone, Debug, PartialEq)]
pub struct TailDesign {
    pub form: TailForm,
    pub plane: SurfaceDesign,
    pub fin: SurfaceDesign,
}

/// The engines.
#[derive(Clone, Debug, PartialEq)]
pub struct EngineDesign {
    pub power: Power,
    /// Engines on each side, or 1 in the middle.
    pub pairs: usize,
    pub diameter: f32,
    pub length: f32,
    /// Blades of a propeller and its diameter.
    pub blades: usize,
    pub propeller: f32,
    /// Where the innermost stands on the wing, as a share of the reach.
    pub at: f32,
}

/// A whole airplane: [`PlaneDesign::draw`] invents one, [`PlaneDesign::build`] makes its meshes.
#[derive(Clone, Debug, PartialEq)]
pub struct PlaneDesign {
    pub family: Family,
    pub hull: HullDesign,
    pub wing: WingDesign,
    pub tail: TailDesign,
    pub engine: EngineDesign,
}

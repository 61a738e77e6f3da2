//! Says what a parameter of a network is: name, shape, and everything that is asked of it by anyone who only knows its
//! name.

/// How the first values of a parameter are drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Init {
    /// They are all zero.
    Zeros,
    /// They are all one.
    Ones,
    /// They are normal, N(0, std^2); one row of an embedding table (padding) is then set to zero.
    Normal {
        /// Standard deviation.
        std: f64,
        /// The row that is zero.
        zero_row: Option<i64>,
    },
    /// They are those of the identity: one where row and column are equal, else zero, whether the matrix is square or
    /// not.
    Identity,
    /// They are uniform between -bound and bound.
    Uniform {
        /// Largest absolute value.
        bound: f64,
    },
}

impl Init {
    /// Returns the Xavier-uniform start of a matrix with these fans.
    pub fn xavier(fan_out: i64, fan_in: i64) -> Init {
        Init::Uniform { bound: (6.0 / (fan_out + fan_in) as f64).sqrt() }
    }
}

/// How the last layer of a neuron-wise router starts. Its bias is zero.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RouterStart {
    /// The weights are Xavier-uniform (MoS's released translation models).
    Xavier,
    /// The weights are N(0, 0.02^2), as all others of MoS's released BERT models.
    Bert,
}

impl RouterStart {
    /// Returns the first values of the weights of that layer.
    pub fn init(self, fan_out: i64, fan_in: i64) -> Init {
        match self {
            RouterStart::Xavier => Init::xavier(fan_out, fan_in),
            RouterStart::Bert => Init::Normal { std: 0.02, zero_row: None },
        }
    }

    /// Says whether weight decay applies to the biases of routers, as it does to all others of the network or to none.
    pub fn decays_biases(self) -> bool {
        self == RouterStart::Xavier
    }
}

/// Where a parameter that has experts stands: all parameters of one layer and part share their mixing coefficients.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Stack of layers, such as `encoder`: the routers of all its layers stand in one bank.
    pub stack: &'static str,
    /// Layer, counted from 0.
    pub layer: usize,
    /// Part of the layer, such as `fc1`: neuron-wise mixtures have a router for each.
    pub part: &'static str,
    /// How the last layer of that router starts.
    pub router: RouterStart,
}

/// One parameter of a network.
#[derive(Clone, Debug, PartialEq)]
pub struct ParamSpec {
    /// Its name, such as `encoder.0.fc1.weight`.
    pub name: String,
    /// Its dims.
    pub shape: Vec<i64>,
    /// Its first values.
    pub init: Init,
    /// Whether weight decay applies to it.
    pub decay: bool,
    /// Its place among the parameters that have experts; none where it is shared plainly.
    pub expert: Option<Slot>,
    /// Whether it is an embedding table that serves as output projection, too.
    pub tied: bool,
}

impl ParamSpec {
    /// Makes a plainly shared parameter under weight decay.
    pub fn new(name: impl Into<String>, shape: &[i64], init: Init) -> ParamSpec {
        ParamSpec { name: name.into(), shape: shape.to_vec(), init, decay: true, expert: None, tied: false }
    }

    /// Returns the number of elements.
    pub fn numel(&self) -> i64 {
        self.shape.iter().product()
    }
}

/// Counts the elements of all these parameters.
pub fn numel(specs: &[ParamSpec]) -> i64 {
    specs.iter().map(ParamSpec::numel).sum()
}

//! vcdsim

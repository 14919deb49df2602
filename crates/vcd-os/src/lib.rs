//! vcd-os

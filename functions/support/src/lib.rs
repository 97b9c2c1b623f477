//! What every Lambda binary of this workspace wires alike: logs, clients, error names.

"""Everything on one machine: a simulated neighbourhood, a broker, one gateway, one dashboard, by separate processes."""

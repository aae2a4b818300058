module mtcp/benchmarks/systems/go

go 1.19

module doorman/load

go 1.26

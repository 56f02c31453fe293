module boat

go 1.26

package node_test

func engineMain() {}

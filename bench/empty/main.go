// Empty does nothing: the least time that a Go program takes to start and end.
package main

func main() {}

package app

// sonic is pinned to its newest release because the one that the SDK asks for
// does not compile with current Go.
import _ "github.com/bytedance/sonic"

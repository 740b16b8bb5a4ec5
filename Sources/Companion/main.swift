internal import Proxying
internal import Reactor

let configuration = ProxyConfiguration()
_ = configuration.listeners.count

/// A gRPC server and client in Python, without generated code: messages are plain bytes.
enum GRPCPrograms {
    /// A health service (grpc.health.v1) on the port of its first argument.
    ///
    /// With a certificate and a key behind it, it speaks TLS. `up` is serving, `down` is not, and nothing else
    /// is known.
    static let health = """
        import grpc, sys
        from concurrent import futures

        ANSWERS = {b'': b'\\x08\\x01', b'\\x0a\\x02up': b'\\x08\\x01', b'\\x0a\\x04down': b'\\x08\\x02'}

        def check(request, context):
            if request not in ANSWERS:
                context.abort(grpc.StatusCode.NOT_FOUND, 'unknown service')
            return ANSWERS[request]

        class Handler(grpc.GenericRpcHandler):
            def service(self, details):
                if details.method == '/grpc.health.v1.Health/Check':
                    return grpc.unary_unary_rpc_method_handler(check)

        server = grpc.server(futures.ThreadPoolExecutor(4))
        server.add_generic_rpc_handlers((Handler(),))
        place = '127.0.0.1:' + sys.argv[1]
        if len(sys.argv) > 2:
            pair = [open(path, 'rb').read() for path in sys.argv[2:4]]
            server.add_secure_port(place, grpc.ssl_server_credentials([(pair[1], pair[0])]))
        else:
            server.add_insecure_port(place)
        server.start()
        server.wait_for_termination()
        """

    /// Listens on the port of its first argument.
    static let server = """
        import grpc, sys, threading, time
        from concurrent import futures

        def unary(request, context):
            context.set_trailing_metadata((('x-tail', 'yes'),))
            return b'echo ' + request

        def fail(request, context):
            context.abort(grpc.StatusCode.NOT_FOUND, 'nothing here: 100%')

        def stream(request, context):
            for number in range(50):
                yield bytes([number]) * 20000

        def drip(request, context):
            for number in range(20):
                time.sleep(0.1)
                yield b'%d' % number

        def chat(requests, context):
            for request in requests:
                yield b'got ' + request

        def count(requests, context):
            return b'%d' % sum(len(request) for request in requests)

        def slow(request, context):
            time.sleep(5)
            return b''

        def meta(request, context):
            told = dict(context.invocation_metadata())
            context.send_initial_metadata((('x-first', 'yes'), ('x-raw-bin', told['x-data-bin'])))
            context.set_trailing_metadata((('x-last-bin', bytes(range(256))),))
            left = context.time_remaining()
            return b'%s %d' % (told['x-name'].encode(), round(left))

        cancelled = threading.Semaphore(0)

        def hang(request, context):
            context.add_callback(cancelled.release)
            yield b'begun'
            while context.is_active():
                time.sleep(0.01)

        def ended(request, context):
            return b'yes' if cancelled.acquire(timeout=5) else b'no'

        def broken(request, context):
            for number in range(3):
                yield b'%d' % number
            context.abort(grpc.StatusCode.RESOURCE_EXHAUSTED, 'caf' + chr(233) + ' ' + chr(10003) + chr(10))

        METHODS = {
            'Meta': grpc.unary_unary_rpc_method_handler(meta),
            'Hang': grpc.unary_stream_rpc_method_handler(hang),
            'Ended': grpc.unary_unary_rpc_method_handler(ended),
            'Broken': grpc.unary_stream_rpc_method_handler(broken),
            'Unary': grpc.unary_unary_rpc_method_handler(unary),
            'Fail': grpc.unary_unary_rpc_method_handler(fail),
            'Slow': grpc.unary_unary_rpc_method_handler(slow),
            'Stream': grpc.unary_stream_rpc_method_handler(stream),
            'Drip': grpc.unary_stream_rpc_method_handler(drip),
            'Chat': grpc.stream_stream_rpc_method_handler(chat),
            'Count': grpc.stream_unary_rpc_method_handler(count),
        }

        class Handler(grpc.GenericRpcHandler):
            def service(self, details):
                return METHODS.get(details.method.rsplit('/', 1)[1])

        LARGE = [('grpc.max_receive_message_length', -1)]
        server = grpc.server(futures.ThreadPoolExecutor(64), options=LARGE)
        server.add_generic_rpc_handlers((Handler(),))
        server.add_insecure_port('127.0.0.1:' + sys.argv[1])
        server.start()
        server.wait_for_termination()
        """

    /// What every client begins with: `call(kind, method)` of the server on the port of the first argument.
    private static let prelude = """
        import grpc, sys
        channel = grpc.insecure_channel('127.0.0.1:' + sys.argv[1])
        def call(kind, method):
            return getattr(channel, kind)('/test.Service/' + method)
        def code(kind, method, request, **options):
            try:
                call(kind, method)(request, **options)
                return 'OK'
            except grpc.RpcError as error:
                return error.code().name + ' ' + (error.details() or '')

        """

    /// Calls of every kind, one line of output each.
    static let client =
        prelude + """
            answer, done = call('unary_unary', 'Unary').with_call(b'hello')
            print(answer.decode(), dict(done.trailing_metadata())['x-tail'])
            print(len(call('unary_unary', 'Unary')(b'x' * 3000000)))
            print(code('unary_unary', 'Fail', b''))
            print(sum(len(part) for part in call('unary_stream', 'Stream')(b'')))
            parts = [b'part %d' % number for number in range(20)]
            print(list(call('stream_stream', 'Chat')(iter(parts)))[-1].decode())
            print(call('stream_unary', 'Count')(iter([b'x' * 100000] * 30)).decode())
            print(code('unary_unary', 'Slow', b'', timeout=0.3).split()[0])
            """

    /// Metadata, cancelled calls, large and compressed messages, streams in turns, errors after messages.
    static let more =
        prelude + """
            import queue
            data = bytes(range(256))
            sent = (('x-name', 'ann'), ('x-data-bin', data))
            answer, done = call('unary_unary', 'Meta').with_call(b'', metadata=sent, timeout=9)
            first, last = dict(done.initial_metadata()), dict(done.trailing_metadata())
            print(answer.decode(), first['x-first'], first['x-raw-bin'] == data,
                  last['x-last-bin'] == data)

            stream = call('unary_stream', 'Hang')(b'')
            print(next(stream).decode())
            stream.cancel()
            print(stream.code().name, call('unary_unary', 'Ended')(b'').decode())
            stream = call('unary_stream', 'Hang')(b'', timeout=0.3)
            print(next(stream).decode())
            try:
                next(stream)
            except grpc.RpcError as error:
                print(error.code().name, call('unary_unary', 'Ended')(b'').decode())

            wide = grpc.insecure_channel('127.0.0.1:' + sys.argv[1],
                                         options=[('grpc.max_receive_message_length', -1)])
            big = wide.unary_unary('/test.Service/Unary')
            print(len(big(b'x' * 20000000)))
            print(len(big(b'x' * 5000000, compression=grpc.Compression.Gzip)))
            print(big(b'').decode() + '.')

            orders = queue.Queue()
            answers = call('stream_stream', 'Chat')(iter(orders.get, None))
            for number in range(50):
                orders.put(b'%d' % number)
                if next(answers) != b'got %d' % number:
                    print('out of turn')
            orders.put(None)
            print(len(list(answers)), answers.code().name)

            got = []
            try:
                for part in call('unary_stream', 'Broken')(b''):
                    got.append(part)
            except grpc.RpcError as error:
                print(got, error.code().name, ascii(error.details()))
            print(code('unary_unary', 'Nothing', b'').split()[0])
            calls = [call('unary_unary', 'Unary').future(b'%d' % number) for number in range(300)]
            print(sum(answer.result() == b'echo %d' % number for number, answer in enumerate(calls)))
            """

    /// A call to a host that is not there: what the proxy answers itself.
    static let refused = prelude + "print(code('unary_unary', 'Unary', b''))\n"

    /// A stream of two seconds, part by part.
    static let drip =
        prelude + """
            for part in call('unary_stream', 'Drip')(b''):
                print(part.decode(), flush=True)
            print('done')
            """
}

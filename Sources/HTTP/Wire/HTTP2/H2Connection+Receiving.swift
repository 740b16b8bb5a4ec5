import Basics
internal import CNGHTTP2

extension H2Connection {
    /// A frame begins: what costs the peer nothing is counted before it is looked at.
    func began(_ header: nghttp2_frame_hd) -> Int32 {
        frameHasContent = false
        let violation: H2Violation? =
            switch UInt32(header.type) {
            case NGHTTP2_DATA.rawValue, NGHTTP2_HEADERS.rawValue, NGHTTP2_CONTINUATION.rawValue:
                nil
            case NGHTTP2_PRIORITY.rawValue, NGHTTP2_PRIORITY_UPDATE.rawValue: guardian.priority()
            case NGHTTP2_RST_STREAM.rawValue: role == .server ? guardian.reset(now) : nil
            case NGHTTP2_WINDOW_UPDATE.rawValue: guardian.windowUpdate()
            default: guardian.controlFrame(now)
            }
        guard let violation else { return 0 }
        failure = violation
        return NGHTTP2_ERR_CALLBACK_FAILURE.rawValue
    }

    /// The fields of a head are about to come.
    func beganHead(_ frame: UnsafePointer<nghttp2_frame>) -> Int32 {
        let id = unsafe frame.pointee.hd.stream_id
        if role == .server, unsafe frame.pointee.headers.cat == NGHTTP2_HCAT_REQUEST {
            let slot = unsafe take()
            unsafe slot.pointee.id = id
            if unsafe frame.pointee.headers.pri_spec.stream_id == id {
                unsafe slot.pointee.violation = WireViolation(.messaging)
            }
            guardian.streamOpened()
            _ = unsafe nghttp2_session_set_stream_user_data(session, id, slot)
            request.removeAll()
            request.version = .http2
            return 0
        }
        guard let slot = unsafe slot(id) else { return 0 }
        unsafe slot.pointee.beginHead()
        if unsafe slot.pointee.hasHead {
            trailers.removeAll()
        } else {
            response.removeAll()
            response.version = .http2
        }
        return 0
    }

    /// A field of a head or of trailers.
    func field(_ id: Int32, _ name: Span<UInt8>, _ value: Span<UInt8>) -> Int32 {
        guard let slot = unsafe slot(id) else { return 0 }
        unsafe slot.pointee.listFields += 1
        unsafe slot.pointee.listBytes += name.count + value.count + 32
        let bytes = unsafe slot.pointee.listBytes
        if bytes > settings.head.bytes {
            unsafe slot.pointee.violation = WireViolation(.fieldsTooLong)
        } else if unsafe slot.pointee.listFields > settings.head.fields + 5 {
            unsafe slot.pointee.violation = WireViolation(.tooManyFields)
        }
        if unsafe slot.pointee.violation != nil {
            // A compressed head may be a thousand times its size on the wire.
            guard bytes > 16 * settings.head.bytes else { return 0 }
            failure = .headBomb
            return NGHTTP2_ERR_CALLBACK_FAILURE.rawValue
        }
        let isTrailer = unsafe slot.pointee.hasHead
        do throws(WireViolation) {
            if isTrailer {
                let id = HeaderID(name)
                if id.mayTrail { trailers.append(id, name, value) }
            } else if role == .server {
                try unsafe requestField(name, value, slot)
            } else {
                responseField(name, value)
            }
        } catch {
            unsafe slot.pointee.violation = error
        }
        return 0
    }

    private func requestField(
        _ name: Span<UInt8>,
        _ value: Span<UInt8>,
        _ slot: UnsafeMutablePointer<H2Slot>
    ) throws(WireViolation) {
        guard name[0] == 0x3A else {
            let id = HeaderID(name)
            guard id == .host else { return request.fields.appendMerging(id, name, value) }
            if request.authority.isEmpty {
                guard Authority.isValid(value) else { throw WireViolation(.authority) }
                request.setAuthority(value)
            } else if !request.isFor(value) {
                throw WireViolation(.host)
            }
            return
        }
        if name.equals(HeaderBlock.span(":path")) {
            guard value.targetEnd(from: 0) == value.count else { throw WireViolation(.target) }
            request.setPath(value)
        } else if name.equals(HeaderBlock.span(":method")) {
            request.setMethod(value)
        } else if name.equals(HeaderBlock.span(":authority")) {
            guard Authority.isValid(value) else { throw WireViolation(.authority) }
            request.setAuthority(value)
        } else if name.equals(HeaderBlock.span(":scheme")) {
            if value.equalsFolded("https") {
                request.scheme = .https
            } else if value.equalsFolded("http") {
                request.scheme = .http
            } else {
                throw WireViolation(.scheme)
            }
        } else if name.equals(HeaderBlock.span(":protocol")) {
            guard value.equalsFolded("websocket") else { throw WireViolation(.target) }
            unsafe slot.pointee.isWebSocket = true
        }
    }

    private func responseField(_ name: Span<UInt8>, _ value: Span<UInt8>) {
        guard name[0] == 0x3A else {
            return response.fields.append(HeaderID(name), name, value)
        }
        // The library has checked that it is three digits.
        var status = 0
        for index in value.indices { status = status * 10 + Int(value[index] &- 0x30) }
        response.status = status
    }

    /// Bytes of a body.
    func body(_ id: Int32, _ bytes: Span<UInt8>) {
        frameHasContent = frameHasContent || !bytes.isEmpty
        guard let slot = unsafe slot(id), unsafe !slot.pointee.isAbandoned else {
            _ = unsafe nghttp2_session_consume(session, id, bytes.count)
            return
        }
        unsafe slot.pointee.unconsumed += bytes.count
        if !settings.sharesWindow {
            _ = unsafe nghttp2_session_consume_connection(session, bytes.count)
        }
        unsafe owner.h2Body(self, slot.pointee.handle, bytes)
    }

    /// A frame is complete.
    func received(_ frame: UnsafePointer<nghttp2_frame>) -> Int32 {
        let header = unsafe frame.pointee.hd
        let isEnd = header.flags & UInt8(NGHTTP2_FLAG_END_STREAM.rawValue) != 0
        switch UInt32(header.type) {
        case NGHTTP2_HEADERS.rawValue: headEnded(header.stream_id, isEnd: isEnd)
        case NGHTTP2_DATA.rawValue:
            if let violation = guardian.data(isEmpty: !frameHasContent && !isEnd) {
                failure = violation
                return NGHTTP2_ERR_CALLBACK_FAILURE.rawValue
            }
            if isEnd { messageEnded(header.stream_id) }
        case NGHTTP2_GOAWAY.rawValue:
            isGoingAway = true
            let code = unsafe H2ErrorCode(rawValue: frame.pointee.goaway.error_code)
            unsafe owner.h2GoAway(self, code)
        case NGHTTP2_SETTINGS.rawValue:
            if header.flags & UInt8(NGHTTP2_FLAG_ACK.rawValue) == 0 {
                unsafe owner.h2Settings(self)
            }
        case NGHTTP2_PING.rawValue:
            if header.flags & UInt8(NGHTTP2_FLAG_ACK.rawValue) != 0 { unsafe owner.h2Pong(self) }
        default: break
        }
        return 0
    }

    private func headEnded(_ id: Int32, isEnd: Bool) {
        guard let slot = unsafe slot(id), unsafe !slot.pointee.isAbandoned else { return }
        let handle = unsafe slot.pointee.handle
        if let violation = unsafe slot.pointee.violation {
            return unsafe refuse(slot, violation)
        }
        if unsafe !slot.pointee.hasHead {
            headIsWhole = isEnd
            if role == .server {
                do throws(WireViolation) {
                    try unsafe finishRequest(slot, isEnd: isEnd)
                } catch {
                    return unsafe refuse(slot, error)
                }
                unsafe slot.pointee.hasHead = true
                unsafe owner.h2Request(self, handle, &request)
            } else {
                unsafe finishResponse(slot, isEnd: isEnd)
                unsafe slot.pointee.hasHead = !response.isInterim
                unsafe owner.h2Response(self, handle, &response)
            }
            trailers.removeAll()
        }
        if isEnd { messageEnded(id) }
    }

    private func messageEnded(_ id: Int32) {
        guard let slot = unsafe slot(id), unsafe !slot.pointee.isAbandoned else { return }
        unsafe owner.h2Ended(self, slot.pointee.handle, &trailers)
        trailers.removeAll()
    }

    private func finishRequest(
        _ slot: UnsafeMutablePointer<H2Slot>,
        isEnd: Bool
    ) throws(WireViolation) {
        if unsafe slot.pointee.isWebSocket {
            guard request.method == .connect else { throw WireViolation(.target) }
            request.setMethod(.get)
            request.upgrade = .webSocket
            request.framing = .none
        } else if request.method == .connect {
            guard Authority.hasPort(request.authority) else { throw WireViolation(.target) }
            request.framing = .none
        } else {
            let isAsterisk = request.path.equalsFolded("*")
            guard !request.path.isEmpty,
                request.path[0] == 0x2F || isAsterisk && request.method == .options
            else { throw WireViolation(.target) }
            request.framing = try Self.framing(request.fields, isEnd: isEnd)
        }
        if let index = request.fields.first(.expect) {
            request.expectsContinue =
                !isEnd && request.fields.value(index, equalsFolded: "100-continue")
        }
    }

    private func finishResponse(_ slot: UnsafeMutablePointer<H2Slot>, isEnd: Bool) {
        if unsafe slot.pointee.isWebSocket && response.status / 100 == 2 {
            response.status = 101
            response.framing = .none
        } else if HTTPStatus.isBodiless(response.status) {
            response.framing = .none
        } else if unsafe slot.pointee.isHead || slot.pointee.isConnect && response.status / 100 == 2
        {
            response.framing = .none
        } else {
            // The library has checked the length.
            response.framing = (try? Self.framing(response.fields, isEnd: isEnd)) ?? .chunked
        }
    }

    private static func framing(
        _ fields: borrowing HeaderBlock,
        isEnd: Bool
    ) throws(WireViolation) -> BodyFraming {
        if let index = fields.first(.contentLength) {
            guard fields.first(.contentLength, from: index + 1) == nil else {
                throw WireViolation(.contentLength)
            }
            return .length(try FramingFacts.length(fields.value(index)))
        }
        return isEnd ? .none : .chunked
    }

    /// Does away with a head that is not taken.
    private func refuse(_ slot: UnsafeMutablePointer<H2Slot>, _ violation: WireViolation) {
        let handle = unsafe slot.pointee.handle
        let id = unsafe slot.pointee.id
        let isFirst = unsafe !slot.pointee.hasHead
        unsafe abandon(slot)
        if role == .server && isFirst && violation.status == 431 {
            response.removeAll()
            response.status = 431
            response.framing = .length(0)
            list.response(response, isWebSocket: false)
            _ = unsafe nghttp2_submit_response(session, id, list.entries, list.count, nil)
        } else {
            _ = unsafe nghttp2_submit_rst_stream(
                session,
                UInt8(NGHTTP2_FLAG_NONE.rawValue),
                id,
                H2ErrorCode.protocolError.rawValue
            )
        }
        if role == .server && isFirst {
            unsafe owner.h2RefusedHead(self, &request, violation)
        }
        unsafe owner.h2Refused(self, handle, violation)
    }

    /// The library refuses a frame: the owner learns of a request that it would never see.
    func refused(_ frame: UnsafePointer<nghttp2_frame>, _ error: Int32) {
        guard role == .server, unsafe UInt32(frame.pointee.hd.type) == NGHTTP2_HEADERS.rawValue,
            let slot = unsafe slot(frame.pointee.hd.stream_id),
            unsafe !slot.pointee.hasHead && !slot.pointee.isAbandoned
        else { return }
        let isField = error == NGHTTP2_ERR_HTTP_HEADER.rawValue
        let violation = WireViolation(isField ? .field : .messaging)
        let handle = unsafe slot.pointee.handle
        unsafe abandon(slot)
        unsafe owner.h2RefusedHead(self, &request, violation)
        unsafe owner.h2Refused(self, handle, violation)
    }

    /// A stream is gone.
    func closed(_ id: Int32, _ code: UInt32) {
        if role == .server,
            unsafe nghttp2_session_get_stream_remote_close(session, id) == 1
        {
            ended.insert(id)
        }
        guard let slot = unsafe slot(id) else { return }
        let handle = unsafe slot.pointee.handle
        let isKnown = unsafe isKnown(slot)
        unsafe abandon(slot)
        _ = unsafe nghttp2_session_set_stream_user_data(session, id, nil)
        if isKnown { unsafe owner.h2Closed(self, handle, H2ErrorCode(rawValue: code)) }
        unsafe release(slot)
    }

    /// Whether the owner has been told of a stream, and not that it is gone.
    func isKnown(_ slot: UnsafeMutablePointer<H2Slot>) -> Bool {
        unsafe !slot.pointee.isAbandoned && (role == .client || slot.pointee.hasHead)
    }

    func slot(_ id: Int32) -> UnsafeMutablePointer<H2Slot>? {
        unsafe nghttp2_session_get_stream_user_data(session, id)?
            .assumingMemoryBound(to: H2Slot.self)
    }
}

extension HeaderBlock {
    /// Appends a field; pieces of a cookie become one, as HTTP/1 has it (RFC 9113 section 8.2.3).
    mutating func appendMerging(_ id: HeaderID, _ name: Span<UInt8>, _ value: Span<UInt8>) {
        guard id == .cookie, let index = first(.cookie) else { return append(id, name, value) }
        extendValue(index, "; ", value)
    }
}

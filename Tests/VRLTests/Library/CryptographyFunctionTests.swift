import Records
import Testing
import VRL

@Suite struct CryptographyFunctionTests {
    static let digests: [Call] = [
        Call("md5", ["foo"], "acbd18db4cc2f85cedef654fccc4a4d8"),
        Call("sha1", ["foo"], "0beec7b5ea3f0fdbc95d0dd47f3c5bc275da8a33"),
        Call(
            "sha2",
            ["foo"],
            ["variant": "SHA-224"],
            "0808f64e60d58979fcb676c96ec938270dea42445aeefcd3a4e6f8db"
        ),
        Call(
            "sha2",
            ["foo", "SHA-256"],
            "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae"
        ),
        Call(
            "sha2",
            ["foo", "SHA-512/224"],
            "d68f258d37d670cfc1ec1001a0394784233f88f056994f9a7e5e99be"
        ),
        Call("sha2", ["foo"], "d58042e6aa5a335e03ad576c6a9e43b41591bfd2077f72dec9df7930e492055d"),
        .fails(
            "sha2",
            ["foo", "SHA-1"],
            "Invalid variant: SHA-1, must be one of: SHA-224, SHA-256, SHA-384, SHA-512, SHA-512/224, "
                + "SHA-512/256"
        ),
        Call(
            "sha3",
            ["foo", "SHA3-224"],
            "f4f6779e153c391bbd29c95e72b0708e39d9166c7cea51d1f10ef58a"
        ),
        Call(
            "sha3",
            ["foo", "SHA3-256"],
            "76d3bc41c9f588f7fcd0d5bf4718f8f84b1c41b20882703100b9eb9413807c01"
        ),
        Call(
            "hmac",
            ["Hello there", "super-secret-key"],
            .base64("eLGE8YMviv85NPXgISRUZxstBNSU47JQdcXkUWcClmI=")
        ),
        Call(
            "hmac",
            ["Hello there", "super-secret-key"],
            ["algorithm": "SHA-224"],
            .base64("QvzLwrfSKhQ7kvJlqARhh1WKlNEd27MGIiB+kA==")
        ),
        .fails("hmac", ["a", "b", "MD9"], "Invalid algorithm: MD9"),
        Call("seahash", ["foobar"], 5_348_458_858_952_426_560),
        Call("seahash", ["bar"], -2_796_170_501_982_571_315),
        Call("xxhash", ["foo"], 3_792_637_401),
        Call("xxhash", ["foo", "XXH64"], 3_728_699_739_546_630_719),
        Call("xxhash", ["foo", "xxh3-64"], -6_093_828_362_558_603_894),
        Call("xxhash", ["foo", "XXH3-128"], "161745101148472925293886522910304009610"),
        .fails(
            "xxhash",
            ["foo", "XXH3"],
            "Variant must be either 'XXH32', 'XXH64', 'XXH3-64', or 'XXH3-128'"
        ),
        Call("crc", ["foo"], "2356372769"),
        .fails("crc", ["foo", "CRC_UNKNOWN"], "Invalid CRC algorithm: CRC_UNKNOWN"),
    ]

    /// What the reference says of as many letters "a".
    static let letters: [(count: Int, bits64: Int64, bits128: String)] = [
        (0, 3_244_421_341_483_603_138, "204254712233039002205064565430793619839"),
        (2, 3_932_278_706_564_862_771, "247229041157960680258314804077325816627"),
        (6, -8_469_151_559_982_784_191, "164316919555057323687197841234896996688"),
        (12, 7_859_888_006_615_238_504, "67773526731516227696105038923965417496"),
        (100, 4_692_068_465_866_116_615, "166204404259668844885938119752955816586"),
        (127, -9_137_055_295_659_645_138, "276988130361809758258391841379475185861"),
        (200, -6_040_501_358_373_189_227, "276472092073855035843335822551216766984"),
        (300, -4_480_670_953_706_389_983, "125395250466719209422571379407272508961"),
        (2000, 7_787_702_529_678_330_748, "162334025901709413512300944174944045948"),
    ]

    @Test(arguments: letters)
    func `texts of every length have an XXH3`(
        letters: (count: Int, bits64: Int64, bits128: String)
    ) throws {
        let text = Value.text(String(repeating: "a", count: letters.count))
        try Call("xxhash", [text, "XXH3-64"], .integer(letters.bits64)).check()
        try Call("xxhash", [text, "XXH3-128"], .text(letters.bits128)).check()
    }

    @Test(arguments: digests)
    func `bytes have digests`(call: Call) throws {
        try call.check()
    }

    /// The catalogue's check of "123456789".
    static let checks: [String: UInt64] = [
        "CRC_3_GSM": 0x4, "CRC_3_ROHC": 0x6, "CRC_4_G_704": 0x7, "CRC_4_INTERLAKEN": 0xB,
        "CRC_5_EPC_C1G2": 0x00, "CRC_5_G_704": 0x07, "CRC_5_USB": 0x19, "CRC_6_CDMA2000_A": 0x0D,
        "CRC_6_CDMA2000_B": 0x3B, "CRC_6_DARC": 0x26, "CRC_6_GSM": 0x13, "CRC_6_G_704": 0x06,
        "CRC_7_MMC": 0x75, "CRC_7_ROHC": 0x53, "CRC_7_UMTS": 0x61, "CRC_8_AUTOSAR": 0xDF,
        "CRC_8_BLUETOOTH": 0x26, "CRC_8_CDMA2000": 0xDA, "CRC_8_DARC": 0x15, "CRC_8_DVB_S2": 0xBC,
        "CRC_8_GSM_A": 0x37, "CRC_8_GSM_B": 0x94, "CRC_8_HITAG": 0xB4, "CRC_8_I_432_1": 0xA1,
        "CRC_8_I_CODE": 0x7E, "CRC_8_LTE": 0xEA, "CRC_8_MAXIM_DOW": 0xA1, "CRC_8_MIFARE_MAD": 0x99,
        "CRC_8_NRSC_5": 0xF7, "CRC_8_OPENSAFETY": 0x3E, "CRC_8_ROHC": 0xD0, "CRC_8_SAE_J1850": 0x4B,
        "CRC_8_SMBUS": 0xF4, "CRC_8_TECH_3250": 0x97, "CRC_8_WCDMA": 0x25, "CRC_10_ATM": 0x199,
        "CRC_10_CDMA2000": 0x233, "CRC_10_GSM": 0x12A, "CRC_11_FLEXRAY": 0x5A3,
        "CRC_11_UMTS": 0x061,
        "CRC_12_CDMA2000": 0xD4D, "CRC_12_DECT": 0xF5B, "CRC_12_GSM": 0xB34, "CRC_13_BBC": 0x04FA,
        "CRC_14_DARC": 0x082D, "CRC_14_GSM": 0x30AE, "CRC_15_CAN": 0x059E, "CRC_15_MPT1327": 0x2566,
        "CRC_16_ARC": 0xBB3D, "CRC_16_CDMA2000": 0x4C06, "CRC_16_CMS": 0xAEE7,
        "CRC_16_DDS_110": 0x9ECF, "CRC_16_DECT_R": 0x007E, "CRC_16_DECT_X": 0x007F,
        "CRC_16_DNP": 0xEA82, "CRC_16_EN_13757": 0xC2B7, "CRC_16_GENIBUS": 0xD64E,
        "CRC_16_GSM": 0xCE3C, "CRC_16_IBM_3740": 0x29B1, "CRC_16_IBM_SDLC": 0x906E,
        "CRC_16_ISO_IEC_14443_3_A": 0xBF05, "CRC_16_KERMIT": 0x2189, "CRC_16_LJ1200": 0xBDF4,
        "CRC_16_MAXIM_DOW": 0x44C2, "CRC_16_MCRF4XX": 0x6F91, "CRC_16_MODBUS": 0x4B37,
        "CRC_16_NRSC_5": 0xA066, "CRC_16_OPENSAFETY_A": 0x5D38, "CRC_16_OPENSAFETY_B": 0x20FE,
        "CRC_16_PROFIBUS": 0xA819, "CRC_16_RIELLO": 0x63D0, "CRC_16_SPI_FUJITSU": 0xE5CC,
        "CRC_16_T10_DIF": 0xD0DB, "CRC_16_TELEDISK": 0x0FB3, "CRC_16_TMS37157": 0x26B1,
        "CRC_16_UMTS": 0xFEE8, "CRC_16_USB": 0xB4C8, "CRC_16_XMODEM": 0x31C3,
        "CRC_17_CAN_FD": 0x04F03, "CRC_21_CAN_FD": 0x0ED841, "CRC_24_BLE": 0xC25A56,
        "CRC_24_FLEXRAY_A": 0x7979BD, "CRC_24_FLEXRAY_B": 0x1F23B8, "CRC_24_INTERLAKEN": 0xB4F3E6,
        "CRC_24_LTE_A": 0xCDE703, "CRC_24_LTE_B": 0x23EF52, "CRC_24_OPENPGP": 0x21CF02,
        "CRC_24_OS_9": 0x200FA5, "CRC_30_CDMA": 0x04C3_4ABF, "CRC_31_PHILIPS": 0x0CE9_E46C,
        "CRC_32_AIXM": 0x3010_BF7F, "CRC_32_AUTOSAR": 0x1697_D06A, "CRC_32_BASE91_D": 0x8731_5576,
        "CRC_32_BZIP2": 0xFC89_1918, "CRC_32_CD_ROM_EDC": 0x6EC2_EDC4, "CRC_32_CKSUM": 0x765E_7680,
        "CRC_32_ISCSI": 0xE306_9283, "CRC_32_ISO_HDLC": 0xCBF4_3926, "CRC_32_JAMCRC": 0x340B_C6D9,
        "CRC_32_MEF": 0xD2C2_2F51, "CRC_32_MPEG_2": 0x0376_E6E7, "CRC_32_XFER": 0xBD0B_E338,
        "CRC_40_GSM": 0xD4_164F_C646, "CRC_64_ECMA_182": 0x6C40_DF5F_0B49_7347,
        "CRC_64_GO_ISO": 0xB909_56C7_75A4_1001, "CRC_64_REDIS": 0xE9C6_D914_C4B8_D9CA,
        "CRC_64_WE": 0x62EC_59E3_F1A4_F00A, "CRC_64_XZ": 0x995D_C9BB_DF19_39FA,
    ]

    @Test func `cyclic checks are those of the catalogue`() throws {
        for (name, check) in Self.checks {
            try Call("crc", ["123456789", .text(name)], .text(String(check))).check()
        }
    }

    private static let key32: Value = "32_bytes_xxxxxxxxxxxxxxxxxxxxxxx"
    private static let key24: Value = "24_bytes_xxxxxxxxxxxxxxx"
    private static let key16: Value = "16_bytes_xxxxxxx"
    /// Algorithm, key and what becomes of "morethan1blockofdata".
    private static let first32: [UInt8] = [
        0xD1, 0x33, 0x92, 0x81, 0x9A, 0x5E, 0x0E, 0x3D, 0x3C, 0x88, 0xDC, 0xE7, 0x2F, 0x3A, 0x5D,
        0x90,
    ]
    static let ciphers: [(String, Value, Value)] = [
        ("AES-256-CFB", key32, .raw(first32 + [0x08, 0x53, 0x84, 0x71])),
        ("AES-256-OFB", key32, .raw(first32 + [0xFE, 0x28, 0x89, 0x6B])),
        ("AES-256-CTR-LE", key32, .raw(first32 + [0x9A, 0x99, 0xA7, 0xB6])),
        ("aes-256-ctr", key32, .raw(first32 + [0x9A, 0x99, 0xA7, 0xB6])),
        ("AES-256-CTR-BE", key32, .raw(first32 + [0x6B, 0xEA, 0x1C, 0x09])),
        (
            "AES-256-CBC-PKCS7", key32,
            .raw([
                0x80, 0x2D, 0x39, 0x4F, 0x1C, 0xF1, 0x2C, 0x52, 0x02, 0xA0, 0x0E, 0x17, 0x47, 0xD8,
                0x42,
                0xF4, 0xF9, 0x71, 0xF3, 0x0C, 0xCA, 0x4B, 0x03, 0x68, 0xBC, 0xB2, 0xE8, 0x76, 0x55,
                0x12,
                0x10, 0xB3,
            ])
        ),
        (
            "AES-128-CBC-PKCS7", key16,
            .raw([
                0x94, 0x52, 0xB5, 0xFE, 0x45, 0xD9, 0x29, 0x4E, 0x31, 0xD3, 0xFE, 0xE6, 0x36, 0x45,
                0x05,
                0x9C, 0x68, 0xAE, 0xF6, 0x82, 0x0D, 0x44, 0xFD, 0x48, 0xD3, 0x54, 0x38, 0x6E, 0xA7,
                0xEC,
                0x98, 0x57,
            ])
        ),
        (
            "AES-256-CBC-ANSIX923", key32,
            .raw([
                0x80, 0x2D, 0x39, 0x4F, 0x1C, 0xF1, 0x2C, 0x52, 0x02, 0xA0, 0x0E, 0x17, 0x47, 0xD8,
                0x42,
                0xF4, 0xD9, 0x76, 0x6A, 0x15, 0x0A, 0x26, 0x92, 0xEA, 0xEE, 0x03, 0x20, 0xEB, 0x9E,
                0x8F,
                0x97, 0x90,
            ])
        ),
    ]

    @Test(arguments: ciphers)
    func `texts are encrypted as by others`(cipher: (String, Value, Value)) throws {
        let rest: [Value] = [.text(cipher.0), cipher.1, "16_bytes_xxxxxxx"]
        try Call("encrypt", ["morethan1blockofdata"] + rest, cipher.2).check()
        try Call("decrypt", [cipher.2] + rest, "morethan1blockofdata").check()
    }

    @Test(arguments: [
        "AES-192-CFB", "AES-192-CBC-ISO7816", "AES-192-CBC-ISO10126", "AES-192-CTR-BE",
        "CHACHA20-POLY1305",
    ])
    func `what is encrypted is decrypted`(name: String) throws {
        let isChaCha = name.hasPrefix("CHACHA")
        let rest: [Value?] = [
            .text(name), isChaCha ? Self.key32 : Self.key24, isChaCha ? "12_bytes_xxx" : Self.key16,
        ]
        let encrypt = try #require(FunctionLibrary.functions["encrypt"])
        guard case .plain(let run) = encrypt.body else { return }
        let made = try run(Arguments(["morethan1blockofdata"] + rest), Call.surroundings)
        try Call("decrypt", [made] + rest.compactMap { $0 }, "morethan1blockofdata").check()
        if isChaCha {
            try Call.fails("decrypt", [made + "x"] + rest.compactMap { $0 }, "Invalid input")
                .check()
        }
    }

    static let mistakes: [Call] = [
        .fails("encrypt", ["a", "ROT13", "k", "v"], "Invalid algorithm: ROT13"),
        .fails("encrypt", ["a", "AES-128-SIV", "k", "v"], "Invalid algorithm: AES-128-SIV"),
        .fails(
            "encrypt",
            ["a", "AES-256-CFB", "k", "v"],
            "Invalid key size. Expected 32 bytes. Found 1 bytes"
        ),
        .fails(
            "encrypt",
            ["a", "AES-256-CFB", key32, "v"],
            "Invalid iv size. Expected 16 bytes. Found 1 bytes"
        ),
        .fails("decrypt", ["short", "AES-256-CBC-PKCS7", key32, key16], "Invalid input"),
    ]

    @Test(arguments: mistakes)
    func `wrong sizes and names are told`(call: Call) throws {
        try call.check()
    }
}

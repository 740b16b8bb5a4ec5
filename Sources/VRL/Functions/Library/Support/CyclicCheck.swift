/// A cyclic redundancy check in the words of Rocksoft's model: width, polynomial and so on.
struct CyclicCheck: Sendable {
    var width: Int
    var polynomial: UInt64
    var initial: UInt64
    var isReflected: Bool
    var final: UInt64

    private var mask: UInt64 { width == 64 ? .max : 1 << UInt64(width) - 1 }

    /// The check of some bytes.
    func checksum(of bytes: [UInt8]) -> UInt64 {
        var register = isReflected ? Self.reversed(initial, width) : initial
        let polynomial = isReflected ? Self.reversed(polynomial, width) : polynomial
        let top: UInt64 = 1 << UInt64(width - 1)
        for byte in bytes {
            if isReflected {
                register ^= UInt64(byte)
                for _ in 0..<8 {
                    register = register & 1 == 1 ? register >> 1 ^ polynomial : register >> 1
                }
            } else {
                for bit in (0..<8).reversed() {
                    let isSet = (register & top != 0) != (byte >> bit & 1 == 1)
                    register = register << 1 & mask
                    if isSet { register ^= polynomial }
                }
            }
        }
        return (register ^ final) & mask
    }

    private static func reversed(_ value: UInt64, _ width: Int) -> UInt64 {
        (0..<width).reduce(0) { $0 << 1 | value >> UInt64($1) & 1 }
    }

    private static func row(
        _ width: Int,
        _ polynomial: UInt64,
        _ initial: UInt64,
        _ isReflected: Bool,
        _ final: UInt64
    ) -> Self {
        Self(
            width: width,
            polynomial: polynomial,
            initial: initial,
            isReflected: isReflected,
            final: final
        )
    }

    private static let ones: UInt64 = .max

    /// The checks that protocols use, by their names in the catalogue of RevEng.
    static let all: [String: Self] = [
        "CRC_3_GSM": row(3, 0x3, 0, false, 0x7), "CRC_3_ROHC": row(3, 0x3, 0x7, true, 0),
        "CRC_4_G_704": row(4, 0x3, 0, true, 0), "CRC_4_INTERLAKEN": row(4, 0x3, 0xF, false, 0xF),
        "CRC_5_EPC_C1G2": row(5, 0x09, 0x09, false, 0), "CRC_5_G_704": row(5, 0x15, 0, true, 0),
        "CRC_5_USB": row(5, 0x05, 0x1F, true, 0x1F),
        "CRC_6_CDMA2000_A": row(6, 0x27, 0x3F, false, 0),
        "CRC_6_CDMA2000_B": row(6, 0x07, 0x3F, false, 0), "CRC_6_DARC": row(6, 0x19, 0, true, 0),
        "CRC_6_GSM": row(6, 0x2F, 0, false, 0x3F), "CRC_6_G_704": row(6, 0x03, 0, true, 0),
        "CRC_7_MMC": row(7, 0x09, 0, false, 0), "CRC_7_ROHC": row(7, 0x4F, 0x7F, true, 0),
        "CRC_7_UMTS": row(7, 0x45, 0, false, 0),
        "CRC_8_AUTOSAR": row(8, 0x2F, 0xFF, false, 0xFF),
        "CRC_8_BLUETOOTH": row(8, 0xA7, 0, true, 0), "CRC_8_CDMA2000": row(8, 0x9B, 0xFF, false, 0),
        "CRC_8_DARC": row(8, 0x39, 0, true, 0), "CRC_8_DVB_S2": row(8, 0xD5, 0, false, 0),
        "CRC_8_GSM_A": row(8, 0x1D, 0, false, 0), "CRC_8_GSM_B": row(8, 0x49, 0, false, 0xFF),
        "CRC_8_HITAG": row(8, 0x1D, 0xFF, false, 0), "CRC_8_I_432_1": row(8, 0x07, 0, false, 0x55),
        "CRC_8_I_CODE": row(8, 0x1D, 0xFD, false, 0), "CRC_8_LTE": row(8, 0x9B, 0, false, 0),
        "CRC_8_MAXIM_DOW": row(8, 0x31, 0, true, 0),
        "CRC_8_MIFARE_MAD": row(8, 0x1D, 0xC7, false, 0),
        "CRC_8_NRSC_5": row(8, 0x31, 0xFF, false, 0), "CRC_8_OPENSAFETY": row(8, 0x2F, 0, false, 0),
        "CRC_8_ROHC": row(8, 0x07, 0xFF, true, 0),
        "CRC_8_SAE_J1850": row(8, 0x1D, 0xFF, false, 0xFF),
        "CRC_8_SMBUS": row(8, 0x07, 0, false, 0), "CRC_8_TECH_3250": row(8, 0x1D, 0xFF, true, 0),
        "CRC_8_WCDMA": row(8, 0x9B, 0, true, 0), "CRC_10_ATM": row(10, 0x233, 0, false, 0),
        "CRC_10_CDMA2000": row(10, 0x3D9, 0x3FF, false, 0),
        "CRC_10_GSM": row(10, 0x175, 0, false, 0x3FF),
        "CRC_11_FLEXRAY": row(11, 0x385, 0x01A, false, 0),
        "CRC_11_UMTS": row(11, 0x307, 0, false, 0),
        "CRC_12_CDMA2000": row(12, 0xF13, 0xFFF, false, 0),
        "CRC_12_DECT": row(12, 0x80F, 0, false, 0), "CRC_12_GSM": row(12, 0xD31, 0, false, 0xFFF),
        "CRC_13_BBC": row(13, 0x1CF5, 0, false, 0), "CRC_14_DARC": row(14, 0x0805, 0, true, 0),
        "CRC_14_GSM": row(14, 0x202D, 0, false, 0x3FFF),
        "CRC_15_CAN": row(15, 0x4599, 0, false, 0),
        "CRC_15_MPT1327": row(15, 0x6815, 0, false, 0x0001),
        "CRC_16_ARC": row(16, 0x8005, 0, true, 0),
        "CRC_16_CDMA2000": row(16, 0xC867, 0xFFFF, false, 0),
        "CRC_16_CMS": row(16, 0x8005, 0xFFFF, false, 0),
        "CRC_16_DDS_110": row(16, 0x8005, 0x800D, false, 0),
        "CRC_16_DECT_R": row(16, 0x0589, 0, false, 0x0001),
        "CRC_16_DECT_X": row(16, 0x0589, 0, false, 0),
        "CRC_16_DNP": row(16, 0x3D65, 0, true, 0xFFFF),
        "CRC_16_EN_13757": row(16, 0x3D65, 0, false, 0xFFFF),
        "CRC_16_GENIBUS": row(16, 0x1021, 0xFFFF, false, 0xFFFF),
        "CRC_16_GSM": row(16, 0x1021, 0, false, 0xFFFF),
        "CRC_16_IBM_3740": row(16, 0x1021, 0xFFFF, false, 0),
        "CRC_16_IBM_SDLC": row(16, 0x1021, 0xFFFF, true, 0xFFFF),
        "CRC_16_ISO_IEC_14443_3_A": row(16, 0x1021, 0xC6C6, true, 0),
        "CRC_16_KERMIT": row(16, 0x1021, 0, true, 0),
        "CRC_16_LJ1200": row(16, 0x6F63, 0, false, 0),
        "CRC_16_MAXIM_DOW": row(16, 0x8005, 0, true, 0xFFFF),
        "CRC_16_MCRF4XX": row(16, 0x1021, 0xFFFF, true, 0),
        "CRC_16_MODBUS": row(16, 0x8005, 0xFFFF, true, 0),
        "CRC_16_NRSC_5": row(16, 0x080B, 0xFFFF, true, 0),
        "CRC_16_OPENSAFETY_A": row(16, 0x5935, 0, false, 0),
        "CRC_16_OPENSAFETY_B": row(16, 0x755B, 0, false, 0),
        "CRC_16_PROFIBUS": row(16, 0x1DCF, 0xFFFF, false, 0xFFFF),
        "CRC_16_RIELLO": row(16, 0x1021, 0xB2AA, true, 0),
        "CRC_16_SPI_FUJITSU": row(16, 0x1021, 0x1D0F, false, 0),
        "CRC_16_T10_DIF": row(16, 0x8BB7, 0, false, 0),
        "CRC_16_TELEDISK": row(16, 0xA097, 0, false, 0),
        "CRC_16_TMS37157": row(16, 0x1021, 0x89EC, true, 0),
        "CRC_16_UMTS": row(16, 0x8005, 0, false, 0),
        "CRC_16_USB": row(16, 0x8005, 0xFFFF, true, 0xFFFF),
        "CRC_16_XMODEM": row(16, 0x1021, 0, false, 0),
        "CRC_17_CAN_FD": row(17, 0x1685B, 0, false, 0),
        "CRC_21_CAN_FD": row(21, 0x102899, 0, false, 0),
        "CRC_24_BLE": row(24, 0x00065B, 0x555555, true, 0),
        "CRC_24_FLEXRAY_A": row(24, 0x5D6DCB, 0xFEDCBA, false, 0),
        "CRC_24_FLEXRAY_B": row(24, 0x5D6DCB, 0xABCDEF, false, 0),
        "CRC_24_INTERLAKEN": row(24, 0x328B63, 0xFFFFFF, false, 0xFFFFFF),
        "CRC_24_LTE_A": row(24, 0x864CFB, 0, false, 0),
        "CRC_24_LTE_B": row(24, 0x800063, 0, false, 0),
        "CRC_24_OPENPGP": row(24, 0x864CFB, 0xB704CE, false, 0),
        "CRC_24_OS_9": row(24, 0x800063, 0xFFFFFF, false, 0xFFFFFF),
        "CRC_30_CDMA": row(30, 0x2030_B9C7, 0x3FFF_FFFF, false, 0x3FFF_FFFF),
        "CRC_31_PHILIPS": row(31, 0x04C1_1DB7, 0x7FFF_FFFF, false, 0x7FFF_FFFF),
        "CRC_32_AIXM": row(32, 0x8141_41AB, 0, false, 0),
        "CRC_32_AUTOSAR": row(32, 0xF4AC_FB13, 0xFFFF_FFFF, true, 0xFFFF_FFFF),
        "CRC_32_BASE91_D": row(32, 0xA833_982B, 0xFFFF_FFFF, true, 0xFFFF_FFFF),
        "CRC_32_BZIP2": row(32, 0x04C1_1DB7, 0xFFFF_FFFF, false, 0xFFFF_FFFF),
        "CRC_32_CD_ROM_EDC": row(32, 0x8001_801B, 0, true, 0),
        "CRC_32_CKSUM": row(32, 0x04C1_1DB7, 0, false, 0xFFFF_FFFF),
        "CRC_32_ISCSI": row(32, 0x1EDC_6F41, 0xFFFF_FFFF, true, 0xFFFF_FFFF),
        "CRC_32_ISO_HDLC": row(32, 0x04C1_1DB7, 0xFFFF_FFFF, true, 0xFFFF_FFFF),
        "CRC_32_JAMCRC": row(32, 0x04C1_1DB7, 0xFFFF_FFFF, true, 0),
        "CRC_32_MEF": row(32, 0x741B_8CD7, 0xFFFF_FFFF, true, 0),
        "CRC_32_MPEG_2": row(32, 0x04C1_1DB7, 0xFFFF_FFFF, false, 0),
        "CRC_32_XFER": row(32, 0x0000_00AF, 0, false, 0),
        "CRC_40_GSM": row(40, 0x00_0482_0009, 0, false, 0xFF_FFFF_FFFF),
        "CRC_64_ECMA_182": row(64, 0x42F0_E1EB_A9EA_3693, 0, false, 0),
        "CRC_64_GO_ISO": row(64, 0x1B, ones, true, ones),
        "CRC_64_REDIS": row(64, 0xAD93_D235_94C9_35A9, 0, true, 0),
        "CRC_64_WE": row(64, 0x42F0_E1EB_A9EA_3693, ones, false, ones),
        "CRC_64_XZ": row(64, 0x42F0_E1EB_A9EA_3693, ones, true, ones),
    ]
}

//! FNV-1a, a hash that is the same in every build. Directories, ports and sessions on disk depend on it;
//! the hasher of the standard library may change.

/// The 32-bit hash.
pub fn hash_32(bytes: &[u8]) -> u32 {
    bytes.iter().fold(0x811c_9dc5, |hash, byte| (hash ^ u32::from(*byte)).wrapping_mul(0x0100_0193))
}

/// The 64-bit hash.
pub fn hash_64(bytes: &[u8]) -> u64 {
    let mix = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, mix)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_hashes_stay_the_same() {
        assert_eq!(hash_32(b"/home/me/.local/share/persistproc"), 0x6a67_63df);
        assert_eq!(hash_64(b"npm run dev in /home/me/todo"), 0x8f8f_33db_5bc9_9ca9);
    }
}

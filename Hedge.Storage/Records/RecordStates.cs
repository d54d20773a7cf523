namespace Hedge.Storage.Records;

/// <summary>Bits of a record's state in memory.</summary>
[Flags]
internal enum RecordStates : byte
{
    /// <summary>Clean and unreferenced: a run holds it too, so it may be evicted.</summary>
    None = 0,

    /// <summary>Not in a run yet: in the active generation (may be changed in place) or in one being flushed
    /// (immutable), as <see cref="RecordHeader.Generation"/> says.</summary>
    Dirty = 1 << 0,

    /// <summary>Removed from the table while it was being flushed. Freed when its run is
    /// installed.</summary>
    Detached = 1 << 2,

    /// <summary>The key does not exist: a tombstone when dirty or frozen, a cached absence when
    /// clean.</summary>
    Absent = 1 << 3,

    /// <summary>Used since the eviction hand last passed.</summary>
    Referenced = 1 << 4,

    /// <summary>Stays in memory as long as any command gathers records.</summary>
    Pinned = 1 << 1,

    /// <summary>Its effect on the key count is unknown until a look-up finds what it replaced.</summary>
    CountPending = 1 << 5,
}

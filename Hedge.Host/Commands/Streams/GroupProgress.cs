using Hedge.Storage.Types;

namespace Hedge.Host.Commands.Streams;

/// <summary>
/// How far a group has read, counted in entries that were ever added, as far as that can be known: an entry
/// that was deleted ahead of the group makes a gap that nobody has counted.
/// </summary>
internal static class GroupProgress
{
    /// <summary>The number of entries read is not known.</summary>
    public const long Unknown = -1;

    /// <summary>The group after it was given an entry.</summary>
    public static StreamGroup Advance(in StreamGroup group, in StreamHead head, StreamId id)
    {
        if (id <= group.LastId) return group;
        long read = group.EntriesRead;
        if (read != Unknown && !HasGap(head, id)) read++;
        else if (head.EntriesAdded != 0) read = CountUpTo(head, id);
        return group with { LastId = id, EntriesRead = read };
    }

    /// <summary>How many entries the group has not read yet. False when that is not known.</summary>
    public static bool TryLag(in StreamGroup group, in StreamHead head, out long lag)
    {
        lag = 0;
        if (head.EntriesAdded == 0) return true;
        bool isCounted = group.EntriesRead != Unknown && !HasGap(head, group.LastId);
        long read = isCounted ? group.EntriesRead : CountUpTo(head, group.LastId);
        lag = unchecked(head.EntriesAdded - read);
        return read != Unknown || isCounted;
    }

    // True when an entry at or after an id was deleted while there were entries before it.
    private static bool HasGap(in StreamHead head, StreamId from) => head.Length > 0
        && head.MaxDeletedId != StreamId.Min && head.FirstId <= head.MaxDeletedId
        && from <= head.MaxDeletedId;

    // How many entries were ever added up to an id.
    private static long CountUpTo(in StreamHead head, StreamId id)
    {
        if (head.EntriesAdded == 0) return 0;
        if (id == head.LastId || (head.Length == 0 && id < head.LastId)) return head.EntriesAdded;
        if (id > head.LastId) return Unknown;
        if (head.MaxDeletedId != StreamId.Min && head.MaxDeletedId >= head.FirstId) return Unknown;
        if (id < head.FirstId) return head.EntriesAdded - head.Length;
        return id == head.FirstId ? head.EntriesAdded - head.Length + 1 : Unknown;
    }
}

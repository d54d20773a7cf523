using Hedge.Storage.Records;

namespace Hedge.Host.Commands.HyperLogLogs;

/// <summary>A key that holds a HyperLogLog.</summary>
internal static class HyperLogLogKey
{
    /// <summary>The error for a value whose registers do not add up.</summary>
    public const string Damaged = "INVALIDOBJ Corrupted HLL object detected";

    private const string NotOne = "WRONGTYPE Key is not a valid HyperLogLog string value.";

    /// <summary>True for a record that holds a HyperLogLog, or none; else replies with the error.</summary>
    public static bool Check(CommandContext context, in Record record)
    {
        if (!record.Exists) return true;
        if (record.Type != RecordType.String)
        {
            context.Reply.Error(ErrorText.WrongType);
            return false;
        }

        if (HyperLogLog.IsOne(record.Value))
        {
            // No sparse value is longer: its registers cannot add up.
            if (record.Value.Length <= HyperLogLog.SparseBytesMax) return true;
            context.Reply.Error(Damaged);
            return false;
        }

        context.Reply.Error(NotOne);
        return false;
    }

    /// <summary>Looks up a key that must hold a HyperLogLog or nothing. False when the record is not
    /// resident, or holds something else (the error reply is written then): return in both cases.</summary>
    public static bool TryFind(CommandContext context, ReadOnlySpan<byte> key, out Record record) =>
        context.Keys.TryFind(key, out record) && Check(context, record);

    /// <summary>Looks up all of a command's keys, so that missing records are read together. False when one
    /// is not resident.</summary>
    public static bool TryFindAll(CommandContext context)
    {
        bool resident = true;
        for (int i = 1; i < context.ArgumentCount; i++)
            resident &= context.Keys.TryFind(context.Argument(i), out _);
        return resident;
    }

    /// <summary>Raises registers, one byte each, to those of all keys of a command, which are resident. False
    /// after an error reply.</summary>
    /// <param name="context">The command.</param>
    /// <param name="registers">The registers.</param>
    /// <param name="anyDense">True when a key has a dense value.</param>
    public static bool TryMergeAll(CommandContext context, Span<byte> registers, out bool anyDense)
    {
        registers.Clear();
        anyDense = false;
        for (int i = 1; i < context.ArgumentCount; i++)
        {
            context.Keys.TryPeek(context.Argument(i), out Record record);
            context.NoteLookup(context.Argument(i), record.Exists);
            if (!Check(context, record)) return false;
            if (!record.Exists) continue;
            anyDense |= HyperLogLog.IsDense(record.Value);
            if (HyperLogLog.TryMerge(record.Value, registers)) continue;
            context.Reply.Error(Damaged);
            return false;
        }

        return true;
    }

    /// <summary>Stores a changed value; writes no more of it than what has changed.</summary>
    /// <param name="context">The command.</param>
    /// <param name="key">The key.</param>
    /// <param name="old">What the key holds now.</param>
    /// <param name="value">What it is to hold.</param>
    /// <param name="touches">False for a change that a WATCH does not see.</param>
    public static void Store(CommandContext context, ReadOnlySpan<byte> key, in Record old,
        ReadOnlySpan<byte> value, bool touches = true)
    {
        if (!old.Exists || value.Length < old.Value.Length)
        {
            context.Keys.SetString(key, value, old.ExpireAt, StringEncoding.Raw);
            return;
        }

        Range header = Changed(old.Value[..HyperLogLog.HeaderBytes], value[..HyperLogLog.HeaderBytes]);
        Range body = Changed(old.Value[HyperLogLog.HeaderBytes..], value[HyperLogLog.HeaderBytes..]);
        bool isSame = header.Start.Equals(header.End) && body.Start.Equals(body.End);
        // To those who watch the key it has changed all the same.
        if (isSame && touches) header = HyperLogLog.StaleAt..HyperLogLog.HeaderBytes;
        // The old value's memory may be another record's after the first write.
        Write(context, key, value[..HyperLogLog.HeaderBytes], 0, header, touches);
        Write(context, key, value[HyperLogLog.HeaderBytes..], HyperLogLog.HeaderBytes, body, touches);
    }

    private static void Write(CommandContext context, ReadOnlySpan<byte> key, ReadOnlySpan<byte> part,
        int partAt, Range changed, bool touches)
    {
        (int at, int length) = changed.GetOffsetAndLength(part.Length);
        if (length > 0) context.Keys.WriteRange(key, partAt + at, part.Slice(at, length), touches);
    }

    private static Range Changed(ReadOnlySpan<byte> old, ReadOnlySpan<byte> value)
    {
        int first = old.CommonPrefixLength(value);
        int last = value.Length;
        if (old.Length == value.Length)
        {
            while (last > first && old[last - 1] == value[last - 1]) last--;
        }

        return first..last;
    }
}

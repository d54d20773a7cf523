using Hedge.Host.Declarations;
using Hedge.Resp;
using Hedge.Storage.Records;

namespace Hedge.Host.Commands.Bitmaps;

/// <summary>
/// BITFIELD and BITFIELD_RO. 1. All operations are checked. 2. The key is read. 3. The bytes that any
/// operation may write, extended with zeros as needed, are copied; the operations run on the copy (and read
/// the record outside of it), each replying. 4. The copy is written back in one piece when it differs. When
/// every write overflowed under FAIL the string is longer all the same, but no change is told to anybody.
/// </summary>
internal static class BitFieldOperations
{
    private enum Kind
    {
        Get,
        Set,
        Increment,
    }

    /// <summary>Runs the command.</summary>
    public static void Execute(CommandContext context, bool readOnly)
    {
        if (!TryCheck(context, out int count, out long writesFrom, out long writesTo)) return;
        bool writes = writesTo >= 0;
        if (writes && readOnly)
        {
            context.Reply.Error("ERR BITFIELD_RO only supports the GET subcommand");
            return;
        }

        ReadOnlySpan<byte> key = context.Argument(1);
        // BITFIELD_RO's look-ups are told and counted like any read's.
        bool isString = readOnly || writes ? context.TryGetString(key, out Record record)
            : context.TryReadString(key, out record);
        if (!isString) return;
        if (!writes)
        {
            context.Reply.ArrayHeader(count);
            Run(context, record.Value, default, 0, grows: false);
            return;
        }

        if (!Strings.Lengths.Allow(context, writesTo, 1)) return;
        bool grows = writesTo >= record.Value.Length;
        long start = grows ? Math.Min(writesFrom, record.Value.Length) : writesFrom;
        int length = (int)(writesTo + 1 - start);
        using var room = new Scratch<byte>(length);
        Span<byte> window = room.Span;
        ReadOnlySpan<byte> old = record.Value[(int)start..];
        if (old.Length > length) old = old[..length];
        window.Clear();
        old.CopyTo(window);
        context.Reply.ArrayHeader(count);
        bool changed = Run(context, record.Value, window, start, grows);
        if (grows || changed) context.Keys.WriteRange(key, start, window, touches: changed);
        if (changed) context.Notify(KeyspaceEvents.String, "setbit"u8, key);
    }

    // Finds all errors, counts the replies, and finds the range of bytes written (to is -1 when there is
    // none).
    private static bool TryCheck(CommandContext context, out int count, out long from, out long to)
    {
        (count, from, to) = (0, long.MaxValue, -1);
        for (int i = 2; i < context.ArgumentCount; count++)
        {
            if (!TrySkipOverflow(context, ref i, out bool skipped)) return false;
            if (skipped)
            {
                count--;
                continue;
            }

            if (!TryOperation(context, i, out Kind kind))
            {
                context.Reply.Error(ErrorText.Syntax);
                return false;
            }

            if (!BitField.TryParse(context.Argument(i + 1), out BitField field))
            {
                context.Reply.Error("ERR Invalid bitfield type. Use something like i16 u8. "
                    + "Note that u64 is not supported but i64 is.");
                return false;
            }

            if (!BitOffset.TryRead(context, i + 2, out long offset, field.Width)) return false;
            if (kind != Kind.Get)
            {
                from = Math.Min(from, offset >> 3);
                to = Math.Max(to, (offset + field.Width - 1) >> 3);
                if (!context.TryInteger(i + 3, out _)) return false;
            }

            i += kind == Kind.Get ? 3 : 4;
        }

        return true;
    }

    private static bool TrySkipOverflow(CommandContext context, ref int i, out bool skipped)
    {
        skipped = context.Is(i, "OVERFLOW"u8) && i + 1 < context.ArgumentCount;
        if (!skipped) return true;
        if (!TryOverflow(context, i + 1, out _))
        {
            context.Reply.Error("ERR Invalid OVERFLOW type specified");
            return false;
        }

        i += 2;
        return true;
    }

    private static bool TryOverflow(CommandContext context, int index, out Overflow overflow)
    {
        overflow = context.Is(index, "SAT"u8) ? Overflow.Saturate
            : context.Is(index, "FAIL"u8) ? Overflow.Fail
            : Overflow.Wrap;
        return overflow != Overflow.Wrap || context.Is(index, "WRAP"u8);
    }

    private static bool TryOperation(CommandContext context, int index, out Kind kind)
    {
        int left = context.ArgumentCount - index - 1;
        kind = Kind.Get;
        if (context.Is(index, "GET"u8)) return left >= 2;
        kind = Kind.Set;
        if (context.Is(index, "SET"u8)) return left >= 3;
        kind = Kind.Increment;
        return context.Is(index, "INCRBY"u8) && left >= 3;
    }

    // Runs the checked operations; true when a stored number changed, or one was stored in a string that
    // grows.
    private static bool Run(CommandContext context, ReadOnlySpan<byte> value, Span<byte> window, long start,
        bool grows)
    {
        bool changed = false;
        Overflow overflow = Overflow.Wrap;
        for (int i = 2; i < context.ArgumentCount;)
        {
            if (context.Is(i, "OVERFLOW"u8))
            {
                _ = TryOverflow(context, i + 1, out overflow);
                i += 2;
                continue;
            }

            _ = TryOperation(context, i, out Kind kind);
            _ = BitField.TryParse(context.Argument(i + 1), out BitField field);
            _ = BitOffset.TryRead(context, i + 2, out long offset, field.Width);
            if (kind == Kind.Get)
            {
                context.Reply.Integer(Get(field, offset, value, window, start));
                i += 3;
                continue;
            }

            _ = Numbers.TryParseInt64(context.Argument(i + 3), out long operand);
            long at = offset - (start << 3);
            changed |= Change(context.Reply, field, window, at, kind, operand, overflow, grows);
            i += 4;
        }

        return changed;
    }

    // The record's bytes hold before and after the window, and where they reach into it the window does.
    private static long Get(BitField field, long offset, ReadOnlySpan<byte> value, ReadOnlySpan<byte> window,
        long start)
    {
        Span<byte> bytes = stackalloc byte[9];
        long first = offset >> 3;
        for (int i = 0; i < bytes.Length; i++)
        {
            long at = first + i, inWindow = at - start;
            bytes[i] = inWindow >= 0 && inWindow < window.Length ? window[(int)inWindow]
                : at < value.Length ? value[(int)at]
                : (byte)0;
        }

        return field.Read(bytes, offset & 7);
    }

    private static bool Change(RespWriter reply, BitField field, Span<byte> window, long offset, Kind kind,
        long operand, Overflow overflow, bool grows)
    {
        long old = field.Read(window, offset);
        bool fits = kind == Kind.Increment
            ? field.TryAdd(old, operand, overflow, out long fresh)
            : field.TryAdd(operand, 0, overflow, out fresh);
        if (!fits && overflow == Overflow.Fail)
        {
            reply.Null();
            return false;
        }

        reply.Integer(kind == Kind.Increment ? fresh : old);
        field.Write(window, offset, fresh);
        return grows || field.Read(window, offset) != old;
    }
}

using Hedge.Host.Declarations;
using Hedge.Storage.Records;

namespace Hedge.Host.Commands.Bitmaps;

internal sealed class BitOpCommand : ICommand
{
    private const int PieceBytes = 1 << 20;
    private const int OnesBytes = 16 << 10;

    public static CommandSpec Spec { get; } = new("BITOP", -4,
        CommandFlags.Write | CommandFlags.DenyOom,
        AclCategory.Bitmap,
        KeySpec.At(2, KeyFlags.Overwrite | KeyFlags.Update),
        KeySpec.From(3, KeyFlags.ReadOnly | KeyFlags.Access))
    {
        Syntax = "operation destkey key [key ...]",
        Arguments = "operation destkey:key key#1",
        Since = "2.6.0",
        Group = "bitmap",
        Complexity = "O(N)",
        Summary = "Perform bitwise operations between strings",
    };

    private enum Operation
    {
        And,
        Or,
        Xor,
        Not,

        // Bits of the first key that no other has.
        Diff,

        // Bits that another key has and the first has not.
        Diff1,

        // Bits of the first key that another has, too.
        AndOr,

        // Bits that exactly one key has.
        One,
    }

    public static void Execute(CommandContext context)
    {
        if (!TryOperation(context, out Operation operation)) return;
        ReadOnlySpan<byte> target = context.Argument(2);
        bool resident = true;
        int length = 0;
        for (int i = 3; i < context.ArgumentCount; i++)
        {
            if (!context.Keys.TryFind(context.Argument(i), out Record record))
            {
                resident = false;
                continue;
            }

            if (resident) context.NoteLookup(context.Argument(i), record.Exists);
            if (record.Exists && record.Type != RecordType.String)
            {
                if (resident) context.Reply.Error(ErrorText.WrongType);
                return;
            }

            length = Math.Max(length, record.Value.Length);
        }

        if (!resident) return;
        if (length > 0)
        {
            // In pieces, so that a long result takes no memory of its own beside its record; not when the
            // target is a source too, which changes with the first piece.
            int pieceBytes = IsSource(context, target) ? length : Math.Min(length, PieceBytes);
            if (length > pieceBytes)
                context.Keys.CheckPieces(target, length, 1 + ((length - 1) / pieceBytes));
            using var piece = new Scratch<byte>(pieceBytes);
            Combine(context, operation, 0, piece.Span);
            context.Keys.SetString(target, piece.Span, 0, StringEncoding.Raw);
            Extend(context, operation, length, piece.Span);
            context.Notify(KeyspaceEvents.String, "set"u8, target);
        }
        else if (!TryRemove(context, target))
        {
            return;
        }

        context.Reply.Integer(length);
    }

    private static bool TryOperation(CommandContext context, out Operation operation)
    {
        operation = Operation.And;
        if (context.Is(1, "OR"u8)) operation = Operation.Or;
        else if (context.Is(1, "XOR"u8)) operation = Operation.Xor;
        else if (context.Is(1, "NOT"u8)) operation = Operation.Not;
        else if (context.Is(1, "DIFF"u8)) operation = Operation.Diff;
        else if (context.Is(1, "DIFF1"u8)) operation = Operation.Diff1;
        else if (context.Is(1, "ANDOR"u8)) operation = Operation.AndOr;
        else if (context.Is(1, "ONE"u8)) operation = Operation.One;
        else if (!context.Is(1, "AND"u8))
        {
            context.Reply.Error(ErrorText.Syntax);
            return false;
        }

        if (operation is Operation.Diff or Operation.Diff1 or Operation.AndOr && context.ArgumentCount < 5)
        {
            context.Reply.Error("ERR BITOP DIFF, DIFF1 and ANDOR need two source keys or more.");
            return false;
        }

        if (operation != Operation.Not || context.ArgumentCount == 4) return true;
        context.Reply.Error("ERR BITOP NOT must be called with a single source key.");
        return false;
    }

    private static bool IsSource(CommandContext context, ReadOnlySpan<byte> target)
    {
        for (int i = 3; i < context.ArgumentCount; i++)
            if (context.Argument(i).SequenceEqual(target)) return true;
        return false;
    }

    // The pieces behind the first one, from the last on: it makes the value as long as it will be, with zeros
    // where nothing else is written.
    private static void Extend(CommandContext context, Operation operation, int length, Span<byte> piece)
    {
        ReadOnlySpan<byte> target = context.Argument(2);
        int last = (length - 1) / piece.Length * piece.Length;
        context.Keys.ExpectWrites(length);
        for (int at = last; at > 0; at -= piece.Length)
        {
            Span<byte> part = piece[..Math.Min(piece.Length, length - at)];
            Combine(context, operation, at, part);
            if (at == last || part.IndexOfAnyExcept((byte)0) >= 0) context.Keys.WriteRange(target, at, part);
        }
    }

    private static void Combine(CommandContext context, Operation operation, int start, Span<byte> result)
    {
        if (operation == Operation.One)
        {
            CombineOnes(context, start, result);
            return;
        }

        // These begin with what the others have together.
        bool setsFirstApart = operation is Operation.Diff or Operation.Diff1 or Operation.AndOr;
        result.Clear();
        for (int i = setsFirstApart ? 4 : 3; i < context.ArgumentCount; i++)
        {
            ReadOnlySpan<byte> value = Part(context, i, start, result.Length);
            if (setsFirstApart || operation == Operation.Or) Bits.Or(result, value);
            else if (i == 3) value.CopyTo(result);
            else if (operation == Operation.And) Bits.And(result, value);
            else Bits.Xor(result, value);
        }

        if (operation is Operation.Not or Operation.Diff) Bits.Not(result);
        if (!setsFirstApart) return;
        ReadOnlySpan<byte> first = Part(context, 3, start, result.Length);
        if (operation == Operation.Diff1) Bits.AndNot(result, first);
        else Bits.And(result, first);
    }

    // What is set in more than one needs memory of its own, so it goes by small parts.
    private static void CombineOnes(CommandContext context, int start, Span<byte> result)
    {
        using var memory = new Scratch<byte>(2 * OnesBytes);
        for (int at = 0; at < result.Length; at += OnesBytes)
        {
            Span<byte> ones = result[at..Math.Min(at + OnesBytes, result.Length)];
            Span<byte> both = memory.Span[..ones.Length], more = memory.Span.Slice(OnesBytes, ones.Length);
            ones.Clear();
            more.Clear();
            for (int i = 3; i < context.ArgumentCount; i++)
            {
                ReadOnlySpan<byte> value = Part(context, i, start + at, ones.Length);
                ones.CopyTo(both);
                Bits.And(both, value);
                Bits.Or(more, both);
                Bits.Or(ones, value);
            }

            Bits.AndNot(ones, more);
        }
    }

    // What a source has of a piece. Resident since the look-ups before: a peek cannot miss.
    private static ReadOnlySpan<byte> Part(CommandContext context, int index, int start, int length)
    {
        context.Keys.TryPeek(context.Argument(index), out Record record);
        ReadOnlySpan<byte> value = record.Value[Math.Min(start, record.Value.Length)..];
        return value[..Math.Min(value.Length, length)];
    }

    // An empty result is no key at all. False when the look-up is not resident.
    private static bool TryRemove(CommandContext context, ReadOnlySpan<byte> target)
    {
        if (!context.Keys.TryFind(target, out Record old)) return false;
        if (!old.Exists) return true;
        context.Keys.Remove(target);
        context.Notify(KeyspaceEvents.Generic, "del"u8, target);
        return true;
    }
}

using Hedge.Storage.Records;

namespace Hedge.Host.Commands.Bitmaps;

internal sealed class BitOpCommand : ICommand
{
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
    }

    public static void Execute(CommandContext context)
    {
        if (!TryOperation(context, out Operation operation)) return;
        ReadOnlySpan<byte> target = context.Argument(2);
        bool resident = true;
        int length = 0, misses = 0;
        for (int i = 3; i < context.ArgumentCount; i++)
        {
            if (!context.Keys.TryFind(context.Argument(i), out Record record))
            {
                resident = false;
                continue;
            }

            if (resident && !record.Exists)
                context.Notify(KeyspaceEvents.KeyMiss, "keymiss"u8, context.Argument(i));
            if (!record.Exists) misses++;
            if (record.Exists && record.Type != RecordType.String)
            {
                if (resident) context.Reply.Error(ErrorText.WrongType);
                return;
            }

            length = Math.Max(length, record.Value.Length);
        }

        if (!resident) return;
        context.CountLookups(context.ArgumentCount - 3 - misses, misses);
        if (length > 0)
        {
            using var result = new Scratch<byte>(length);
            Combine(context, operation, result.Span);
            context.Keys.SetString(target, result.Span, 0, StringEncoding.Raw);
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
        else if (!context.Is(1, "AND"u8))
        {
            context.Reply.Error(ErrorText.Syntax);
            return false;
        }

        if (operation != Operation.Not || context.ArgumentCount == 4) return true;
        context.Reply.Error("ERR BITOP NOT must be called with a single source key.");
        return false;
    }

    private static void Combine(CommandContext context, Operation operation, Span<byte> result)
    {
        result.Clear();
        for (int i = 3; i < context.ArgumentCount; i++)
        {
            // Resident since the look-ups before: a peek cannot miss.
            context.Keys.TryPeek(context.Argument(i), out Record record);
            if (i == 3) record.Value.CopyTo(result);
            else if (operation == Operation.And) Bits.And(result, record.Value);
            else if (operation == Operation.Or) Bits.Or(result, record.Value);
            else Bits.Xor(result, record.Value);
        }

        if (operation == Operation.Not) Bits.Not(result);
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

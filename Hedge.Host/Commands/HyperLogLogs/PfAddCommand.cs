using Hedge.Host.Declarations;
using Hedge.Storage.Records;

namespace Hedge.Host.Commands.HyperLogLogs;

internal sealed class PfAddCommand : ICommand
{
    private const int FirstElement = 2;

    public static CommandSpec Spec { get; } = new("PFADD", -2,
        CommandFlags.Write | CommandFlags.DenyOom | CommandFlags.Fast,
        AclCategory.HyperLogLog,
        KeySpec.At(1, KeyFlags.ReadWrite | KeyFlags.Insert))
    {
        Syntax = "key [element [element ...]]",
        Since = "2.8.9",
        Group = "hyperloglog",
        Complexity = "O(1) to add every element.",
        Summary = "Adds the specified elements to the specified HyperLogLog.",
    };

    public static void Execute(CommandContext context)
    {
        ReadOnlySpan<byte> key = context.Argument(1);
        if (!HyperLogLogKey.TryFind(context, key, out Record record)) return;
        bool raised;
        if (record.Exists && HyperLogLog.IsDense(record.Value))
        {
            raised = AddDense(context, key);
        }
        else if (!TryAddSparse(context, key, record, out raised))
        {
            context.Reply.Error(HyperLogLogKey.Damaged);
            return;
        }

        if (raised) context.Notify(KeyspaceEvents.String, "pfadd"u8, key);
        context.Reply.Integer(raised ? 1 : 0);
    }

    // In place: an element changes two bytes of a long value.
    private static bool AddDense(CommandContext context, ReadOnlySpan<byte> key)
    {
        Span<byte> bytes = stackalloc byte[2];
        bool raised = false;
        for (int i = FirstElement; i < context.ArgumentCount; i++)
        {
            (int register, int value) = ElementHash.Place(context.Argument(i));
            // Resident since the look-up before: a peek cannot miss.
            context.Keys.TryPeek(key, out Record record);
            ReadOnlySpan<byte> dense = record.Value[HyperLogLog.HeaderBytes..];
            if (DenseRegisters.Get(dense, register) >= value) continue;
            byte stale = (byte)(record.Value[HyperLogLog.StaleAt] | HyperLogLog.StaleBit);
            bool wasStale = HyperLogLog.IsStale(record.Value);
            (int at, int length) = DenseRegisters.BytesOf(register).GetOffsetAndLength(dense.Length);
            dense.Slice(at, length).CopyTo(bytes);
            DenseRegisters.Set(bytes[..length], register, value);
            context.Keys.WriteRange(key, HyperLogLog.HeaderBytes + at, bytes[..length]);
            if (!wasStale)
                context.Keys.WriteRange(key, HyperLogLog.StaleAt, new ReadOnlySpan<byte>(in stale));
            raised = true;
        }

        return raised;
    }

    // False when the value is damaged; what was added before that was found out stays, as in Redis.
    private static bool TryAddSparse(CommandContext context, ReadOnlySpan<byte> key, in Record record,
        out bool raised)
    {
        ReadOnlySpan<byte> old = record.Exists ? record.Value : HyperLogLog.Empty;
        int elements = context.ArgumentCount - FirstElement;
        using var memory = new Scratch<byte>(HyperLogLogEditor.MemoryBytes(old.Length, elements));
        var editor = new HyperLogLogEditor(old, memory.Span,
            context.Server.Settings.Current.HyperLogLogSparseBytesMax);
        raised = !record.Exists;
        for (int i = FirstElement; i < context.ArgumentCount; i++)
        {
            (int register, int value) = ElementHash.Place(context.Argument(i));
            RegisterUpdate update = editor.Raise(register, value);
            if (update == RegisterUpdate.Damaged)
            {
                if (raised) HyperLogLogKey.Store(context, key, record, editor.Value, touches: false);
                return false;
            }

            raised |= update == RegisterUpdate.Raised;
        }

        if (!raised) return true;
        HyperLogLog.MakeStale(editor.Value);
        HyperLogLogKey.Store(context, key, record, editor.Value);
        return true;
    }
}

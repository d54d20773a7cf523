using Hedge.Host.Declarations;
using Hedge.Storage.Records;

namespace Hedge.Host.Commands.HyperLogLogs;

internal sealed class PfMergeCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("PFMERGE", -2,
        CommandFlags.Write | CommandFlags.DenyOom,
        AclCategory.HyperLogLog,
        KeySpec.At(1, KeyFlags.ReadWrite | KeyFlags.Access | KeyFlags.Insert),
        KeySpec.From(2, KeyFlags.ReadOnly | KeyFlags.Access))
    {
        Syntax = "destkey sourcekey [sourcekey ...]",
        Arguments = "destkey:key sourcekey:key#1",
        Since = "2.8.9",
        Group = "hyperloglog",
        Complexity = "O(N) to merge N HyperLogLogs, but with high constant times.",
        Summary = "Merge N different HyperLogLogs into a single one.",
        ReadsAllKeys = true,
    };

    public static void Execute(CommandContext context)
    {
        if (!HyperLogLogKey.TryFindAll(context)) return;
        using var registers = new Scratch<byte>(HyperLogLog.Registers);
        if (!HyperLogLogKey.TryMergeAll(context, registers.Span, out bool anyDense)) return;
        ReadOnlySpan<byte> key = context.Argument(1);
        context.Keys.TryPeek(key, out Record record);
        Store(context, key, record, registers.Span, anyDense);
        // Redis sends the event of an addition.
        context.Notify(KeyspaceEvents.String, "pfadd"u8, key);
        context.Reply.Ok();
    }

    // The value gets register after register, as in Redis, so that the bytes are the same.
    private static void Store(CommandContext context, ReadOnlySpan<byte> key, in Record record,
        ReadOnlySpan<byte> registers, bool dense)
    {
        ReadOnlySpan<byte> old = record.Exists ? record.Value : HyperLogLog.Empty;
        using var memory = new Scratch<byte>(HyperLogLogEditor.MemoryBytes(old.Length, registers.Length));
        var editor = new HyperLogLogEditor(old, memory.Span,
            context.Server.Settings.Current.HyperLogLogSparseBytesMax);
        // It was merged before, so it is not damaged.
        if (dense) editor.TryMakeDense();
        for (int i = 0; i < registers.Length; i++)
        {
            if (registers[i] > 0) editor.Raise(i, registers[i]);
        }

        HyperLogLog.MakeStale(editor.Value);
        HyperLogLogKey.Store(context, key, record, editor.Value);
    }
}

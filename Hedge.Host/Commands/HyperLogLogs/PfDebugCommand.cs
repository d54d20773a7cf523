using System.Text;
using Hedge.Host.Declarations;
using Hedge.Storage.Records;

namespace Hedge.Host.Commands.HyperLogLogs;

internal sealed class PfDebugCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("PFDEBUG", 3,
        CommandFlags.Write | CommandFlags.DenyOom | CommandFlags.Admin,
        AclCategory.HyperLogLog,
        KeySpec.At(2, KeyFlags.ReadWrite | KeyFlags.Access))
    {
        Syntax = "subcommand key",
        Since = "2.8.9",
        Group = "hyperloglog",
        Complexity = "N/A",
        Summary = "Internal commands for debugging HyperLogLog values",
        IsSystemCommand = true,
    };

    public static void Execute(CommandContext context)
    {
        ReadOnlySpan<byte> key = context.Argument(2);
        if (!HyperLogLogKey.TryFind(context, key, out Record record)) return;
        if (!record.Exists)
        {
            context.Reply.Error("ERR The specified key does not exist");
            return;
        }

        bool isDense = HyperLogLog.IsDense(record.Value);
        if (context.Is(1, "GETREG"u8)) ShowRegisters(context, key, record);
        else if (context.Is(1, "DECODE"u8)) ShowOpcodes(context, record);
        else if (context.Is(1, "ENCODING"u8)) context.Reply.SimpleString(isDense ? "dense"u8 : "sparse"u8);
        else if (!context.Is(1, "TODENSE"u8)) Unknown(context);
        else if (TryMakeDense(context, key, record)) context.Reply.Integer(isDense ? 0 : 1);
    }

    private static void Unknown(CommandContext context)
    {
        ReadOnlySpan<byte> word = context.Argument(1);
        int end = word.IndexOf((byte)0);
        byte[] shown = [.. word[..(end < 0 ? word.Length : end)], (byte)'\''];
        ReplyText.Error(context, "ERR Unknown PFDEBUG subcommand '"u8, shown);
    }

    // Redis makes the value dense for this, and leaves it so.
    private static void ShowRegisters(CommandContext context, ReadOnlySpan<byte> key, in Record record)
    {
        using var registers = new Scratch<byte>(HyperLogLog.Registers);
        registers.Span.Clear();
        HyperLogLog.TryMerge(record.Value, registers.Span);
        if (!TryMakeDense(context, key, record)) return;
        context.Reply.ArrayHeader(HyperLogLog.Registers);
        foreach (byte register in registers.Span) context.Reply.Integer(register);
    }

    private static bool TryMakeDense(CommandContext context, ReadOnlySpan<byte> key, in Record record)
    {
        if (HyperLogLog.IsDense(record.Value)) return true;
        using var memory = new Scratch<byte>(HyperLogLogEditor.MemoryBytes(record.Value.Length, 0));
        var editor = new HyperLogLogEditor(record.Value, memory.Span, sparseBytesMax: 0);
        if (!editor.TryMakeDense())
        {
            context.Reply.Error(HyperLogLogKey.Damaged);
            return false;
        }

        HyperLogLogKey.Store(context, key, record, editor.Value, touches: false);
        return true;
    }

    private static void ShowOpcodes(CommandContext context, in Record record)
    {
        if (HyperLogLog.IsDense(record.Value))
        {
            context.Reply.Error("ERR HLL encoding is not sparse");
            return;
        }

        var text = new StringBuilder();
        var runs = new RegisterRuns(record.Value[HyperLogLog.HeaderBytes..]);
        while (runs.MoveNext())
        {
            if (text.Length > 0) text.Append(' ');
            if (runs.Value > 0) text.Append($"v:{runs.Value},{runs.Length}");
            else text.Append($"{(runs.Bytes == 2 ? 'Z' : 'z')}:{runs.Length}");
        }

        context.Reply.Bulk(Encoding.ASCII.GetBytes(text.ToString()));
    }
}

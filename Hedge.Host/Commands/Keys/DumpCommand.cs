using System.Buffers;
using Hedge.Host.Commands.Keys.Payloads;
using Hedge.Host.Declarations;
using Hedge.Storage.Records;

namespace Hedge.Host.Commands.Keys;

internal sealed class DumpCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("DUMP", 2,
        CommandFlags.ReadOnly,
        AclCategory.Keyspace,
        KeySpec.At(1, KeyFlags.ReadOnly | KeyFlags.Access))
    {
        Syntax = "key",
        Since = "2.6.0",
        Group = "generic",
        Complexity =
            "O(1) to access the key and additional O(N*M) to serialize it, where N is the number of " +
            "Redis objects composing the value and M their average size. For small string values the " +
            "time complexity is thus O(1)+O(1*M) where M is small, so simply O(1).",
        Summary = "Return a serialized version of the value stored at the specified key.",
        Tips = ["nondeterministic_output"],
    };

    public static void Execute(CommandContext context)
    {
        if (!context.Keys.TryFind(context.Argument(1), out Record record)) return;
        if (!record.Exists)
        {
            context.Reply.Null();
            return;
        }

        byte[] payload = ArrayPool<byte>.Shared.Rent(record.Value.Length + DumpWriter.OverheadBytesMax);
        int length = DumpWriter.WriteString(record.Value, payload);
        context.Reply.Bulk(payload.AsSpan(0, length));
        ArrayPool<byte>.Shared.Return(payload);
    }
}

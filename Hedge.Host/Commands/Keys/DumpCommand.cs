using System.Buffers;
using Hedge.Host.Commands.Keys.Payloads;
using Hedge.Host.Declarations;
using Hedge.Storage.Records;
using Hedge.Storage.Types;

namespace Hedge.Host.Commands.Keys;

internal sealed class DumpCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("DUMP", 2,
        CommandFlags.ReadOnly,
        AclCategory.Keyspace,
        KeySpec.At(1, KeyFlags.ReadOnly | KeyFlags.Access))
    {
        // It opens a key that it has looked up, which counts once.
        Traits = CommandTraits.CountsNoLookups,
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
        ReadOnlySpan<byte> key = context.Argument(1);
        if (!context.Keys.TryFind(key, out Record record)) return;
        if (!record.Exists) context.Reply.Null();
        else if (record.Type == RecordType.String) DumpString(context, record);
        else if (!TryDumpCollection(context, key, record.Type)) return;
        context.NoteLookup(key, record.Exists);
    }

    private static void DumpString(CommandContext context, in Record record)
    {
        byte[] payload = ArrayPool<byte>.Shared.Rent(record.Value.Length + DumpWriter.OverheadBytesMax);
        int length = DumpWriter.WriteString(record.Value, payload,
            context.Server.Settings.Current.DumpCompression);
        context.Reply.Bulk(payload.AsSpan(0, length));
        ArrayPool<byte>.Shared.Return(payload);
    }

    private static bool TryDumpCollection(CommandContext context, ReadOnlySpan<byte> key, RecordType type)
    {
        if (type == RecordType.Hash)
        {
            if (!context.TryOpenHash(key, out StoredHash hash)) return false;
            if (hash.MayExpire)
            {
                context.Reply.Error("ERR DUMP cannot write a hash that has fields with a time to live: its "
                    + "format has no room for the times");
                return true;
            }
        }

        using IDumpPayload? payload = CollectionDump.Make(context, key, type);
        if (payload == null) return false;
        if (payload.IsTooLong) context.Reply.Error(ErrorText.ReplyTooLong);
        else context.Reply.Bulk(payload.End());
        return true;
    }
}

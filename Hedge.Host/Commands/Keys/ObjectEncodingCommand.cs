using Hedge.Host.Commands.Collections;
using Hedge.Host.Declarations;
using Hedge.Storage.Records;
using Hedge.Storage.Stores;

namespace Hedge.Host.Commands.Keys;

internal sealed class ObjectEncodingCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("OBJECT|ENCODING", 3,
        CommandFlags.ReadOnly,
        AclCategory.Keyspace,
        KeySpec.At(2, KeyFlags.ReadOnly))
    {
        Traits = CommandTraits.TellsNoMisses,
        Syntax = "key",
        Since = "2.2.3",
        Group = "generic",
        Complexity = "O(1)",
        Summary = "Inspect the internal encoding of a Redis object",
        Tips = ["nondeterministic_output"],
    };

    public static void Execute(CommandContext context)
    {
        if (!ObjectSubject.TryFind(context, out Record record)) return;
        context.Reply.Bulk(record.Type == RecordType.String ? StringForm.EncodingOf(record)
            : Encodings.Name(record.Type, OpenCollection.EncodingOf(record)));
    }
}

using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Streams;

internal sealed class XGroupDelConsumerCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("XGROUP|DELCONSUMER", 5,
        CommandFlags.Write,
        AclCategory.Stream,
        KeySpec.At(2, KeyFlags.ReadWrite | KeyFlags.Delete))
    {
        Syntax = "key groupname consumername",
        Arguments = "key groupname consumername",
        Since = "5.0.0",
        Group = "stream",
        Complexity = "O(1)",
        Summary = "Delete a consumer from a consumer group.",
    };

    public static void Execute(CommandContext context) => GroupWrite.RemoveConsumer(context);
}

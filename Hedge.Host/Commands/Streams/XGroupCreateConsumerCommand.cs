using Hedge.Host.Declarations;

namespace Hedge.Host.Commands.Streams;

internal sealed class XGroupCreateConsumerCommand : ICommand
{
    public static CommandSpec Spec { get; } = new("XGROUP|CREATECONSUMER", 5,
        CommandFlags.Write | CommandFlags.DenyOom,
        AclCategory.Stream,
        KeySpec.At(2, KeyFlags.ReadWrite | KeyFlags.Insert))
    {
        Syntax = "key groupname consumername",
        Arguments = "key groupname consumername",
        Since = "6.2.0",
        Group = "stream",
        Complexity = "O(1)",
        Summary = "Create a consumer in a consumer group.",
    };

    public static void Execute(CommandContext context) => GroupWrite.CreateConsumer(context);
}

using Hedge.Host.Declarations;
using Hedge.Storage.Records;

namespace Hedge.Host.Commands.Keys;

internal sealed class ObjectRefCountCommand : ICommand
{
    public static CommandSpec Spec { get; } = ObjectEncodingCommand.Spec with
    {
        Name = "OBJECT|REFCOUNT",
        Summary = "Get the number of references to the value of the key",
    };

    public static void Execute(CommandContext context)
    {
        if (ObjectSubject.TryFind(context, out Record record))
            context.Reply.Integer(StringForm.ReferencesOf(record));
    }
}

using System.Text;
using Hedge.Host.Lua.Values;

namespace Hedge.Host.Lua.Machines;

/// <summary>
/// A call of a function of the host. Its arguments are <c>call[1]</c> to <c>call[Count]</c>. It pushes values
/// above them, and
/// ends with one of the actions:
/// <list type="bullet">
/// <item><see cref="Return(int)"/>: that many of the values on the top are the results;</item>
/// <item><see cref="Invoke"/>: calls the function that was pushed before its arguments. Then the body is
/// called again, with
/// <see cref="Step"/> as it said and the results as <see cref="Result"/>;</item>
/// <item><see cref="Again"/>: the budget is spent (<see cref="Spend"/> says so); called again with the
/// next;</item>
/// <item><see cref="Suspend"/>: the host is not ready; called again when the run goes on;</item>
/// <item><see cref="Error(string, int)"/>.</item>
/// </list>
/// What it keeps from step to step is in <see cref="State"/>, or among the values it pushed.
/// </summary>
internal readonly ref struct LuaCall(LuaMachine machine, Frame frame)
{
    /// <summary>The machine.</summary>
    public LuaMachine Machine { get; } = machine;

    /// <summary>The frame of this call.</summary>
    public Frame Frame { get; } = frame;

    /// <summary>How many arguments there are.</summary>
    public int Count => Frame.ArgumentCount;

    /// <summary>Where to go on: 0 at first, then what the last action said.</summary>
    public int Step => Frame.Step;

    /// <summary>What the body keeps from step to step. An <see cref="IMemoryHolder"/> is counted.</summary>
    public ref object? State => ref Frame.State;

    /// <summary>What belongs to the function.</summary>
    public object? Data => ((HostFunction)Frame.Function!).Data;

    /// <summary>How many results the function that was invoked has given.</summary>
    public int ResultCount => Machine.Thread.Top - Frame.ResultBase;

    /// <summary>Whether the function that was invoked has ended with an error; that is its result.</summary>
    public bool HasFailed => Frame.HasFailed;

    /// <summary>An argument; nil when there are not so many.</summary>
    public LuaValue this[int number] =>
        number <= Frame.ArgumentCount ? Machine.Thread.Stack[Frame.Base + number - 1] : default;

    /// <summary>
    /// A result of the function that was invoked, from 1 on; nil when there are not so many.
    /// </summary>
    public LuaValue Result(int number) =>
        number <= ResultCount ? Machine.Thread.Stack[Frame.ResultBase + number - 1] : default;

    /// <summary>A value that was pushed, from 1 on.</summary>
    public LuaValue Pushed(int number) => Machine.Thread.Stack[Frame.Base + Frame.ArgumentCount + number - 1];

    /// <summary>Changes a value that was pushed.</summary>
    public void SetPushed(int number, in LuaValue value) =>
        Machine.Thread.Stack[Frame.Base + Frame.ArgumentCount + number - 1] = value;

    /// <summary>
    /// Puts a value on the top. There is room for about 20; for more, <see cref="Reserve"/>.
    /// </summary>
    public void Push(in LuaValue value) => Machine.Thread.Stack[Machine.Thread.Top++] = value;

    /// <summary>Leaves so many pushed values.</summary>
    public void KeepPushed(int count) => Machine.Thread.Top = Frame.Base + Frame.ArgumentCount + count;

    /// <summary>Makes room for pushing so many values.</summary>
    public bool Reserve(int count) => Machine.Thread.Ensure(Machine.Thread.Top + count);

    /// <summary>Ends without results.</summary>
    public static LuaAction Return() => new(0);

    /// <summary>Ends with the values on the top as the results.</summary>
    public static LuaAction Return(int count) => new(count);

    /// <summary>Ends with one result.</summary>
    public LuaAction Return(in LuaValue value)
    {
        Push(value);
        return new LuaAction(1);
    }

    /// <summary>Ends with two results.</summary>
    public LuaAction Return(in LuaValue first, in LuaValue second)
    {
        Push(first);
        Push(second);
        return new LuaAction(2);
    }

    /// <summary>
    /// Calls the function that was pushed below its arguments, then this body again at a step.
    /// </summary>
    public LuaAction Invoke(int argumentCount, int step)
    {
        Frame.Step = step;
        Machine.ActionCount = argumentCount;
        return LuaAction.Call;
    }

    /// <summary>As <see cref="Invoke"/>, and an error comes back here as <see cref="HasFailed"/>.</summary>
    public LuaAction InvokeProtected(int argumentCount, int step)
    {
        Frame.IsProtected = true;
        return Invoke(argumentCount, step);
    }

    /// <summary>Pays for work: so many instructions. True when the budget is spent.</summary>
    public bool Spend(long instructions) => (Machine.Budget -= instructions) <= 0;

    /// <summary>Pauses until there is a new budget; then goes on at a step.</summary>
    public LuaAction Again(int step)
    {
        Frame.Step = step;
        return LuaAction.Again;
    }

    /// <summary>Pauses until the host runs the machine again; then goes on at a step.</summary>
    public LuaAction Suspend(int step)
    {
        Frame.Step = step;
        return LuaAction.Suspend;
    }

    /// <summary>Raises an error with the position of the caller: 1 of this function's, 0 none.</summary>
    public LuaAction Error(string text, int level = 1)
    {
        string where = level > 0 ? Positions.Where(Machine, level) : "";
        return Raise(Text(where + text));
    }

    /// <summary>Raises any value.</summary>
    public LuaAction Raise(in LuaValue error)
    {
        Machine.Error = error;
        Machine.IsRaising = true;
        return LuaAction.Error;
    }

    /// <summary>An error to throw, with the position of the caller.</summary>
    public LuaException Failure(string text) => new(Text(Positions.Where(Machine, 1) + text));

    /// <summary>An error to throw about an argument.</summary>
    public LuaException BadArgument(int number, string what)
    {
        (string? name, bool isMethod) = Positions.CalledName(Machine.Thread.Frame);
        if (isMethod)
        {
            number--;
            if (number == 0) return Failure($"calling '{name}' on bad self ({what})");
        }

        return Failure($"bad argument #{number} to '{name ?? "?"}' ({what})");
    }

    /// <summary>An error to throw about an argument's type.</summary>
    public LuaException BadType(int number, string expected) =>
        BadArgument(number, $"{expected} expected, got {TypeNameOf(number)}");

    /// <summary>An argument that has to be there.</summary>
    public LuaValue Any(int number) =>
        number <= Count ? this[number] : throw BadArgument(number, "value expected");

    /// <summary>An argument that has to be a table.</summary>
    public LuaTable Table(int number) => this[number].AsTable ?? throw BadType(number, "table");

    /// <summary>An argument that has to be a function.</summary>
    public LuaFunction Function(int number) =>
        this[number].Ref as LuaFunction ?? throw BadType(number, "function");

    /// <summary>An argument that has to be a number, or a string that is one.</summary>
    public double Number(int number)
    {
        LuaValue value = this[number];
        if (value.IsNumber) return value.Number;
        return value.Ref is LuaString text && LuaNumber.TryParse(text.Span, out double parsed)
            ? parsed : throw BadType(number, "number");
    }

    /// <summary>A number that may be missing or nil.</summary>
    public double Number(int number, double otherwise) => this[number].IsNil ? otherwise : Number(number);

    /// <summary>A number as C makes an integer of it.</summary>
    public long Integer(int number) => ToInteger(Number(number));

    /// <summary>An integer that may be missing or nil.</summary>
    public long Integer(int number, long otherwise) => this[number].IsNil ? otherwise : Integer(number);

    /// <summary>An argument that has to be a string or a number.</summary>
    public LuaString String(int number)
    {
        LuaValue value = this[number];
        if (value.Ref is LuaString text) return text;
        if (!value.IsNumber) throw BadType(number, "string");
        LuaString made = Machine.NumberText(value.Number);
        Machine.Thread.Stack[Frame.Base + number - 1] = made;
        return made;
    }

    /// <summary>A string that may be missing or nil.</summary>
    public LuaString String(int number, LuaString otherwise) =>
        this[number].IsNil ? otherwise : String(number);

    /// <summary>A string of this machine with a text of the host.</summary>
    public LuaString Text(string text) => Machine.NewString(Encoding.Latin1.GetBytes(text));

    /// <summary>A number without its fraction, as a processor makes it.</summary>
    public static long ToInteger(double number) => double.ConvertToIntegerNative<long>(number);

    private string TypeNameOf(int number) => number > Count ? "no value" : this[number].TypeName;
}

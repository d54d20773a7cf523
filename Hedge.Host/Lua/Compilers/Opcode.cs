namespace Hedge.Host.Lua.Compilers;

/// <summary>
/// What an instruction does. R is a register, K a constant, U an upvalue; RK is a register or a constant. The
/// compiler writes the first group. Its last pass puts forms for known kinds of operands in their places.
/// </summary>
internal enum Opcode : byte
{
    /// <summary>R[A] = R[B]</summary>
    Move,

    /// <summary>R[A] = K[D]</summary>
    LoadConstant,

    /// <summary>R[A] = B is not 0; over the next instruction if C is not 0</summary>
    LoadBoolean,

    /// <summary>R[A] to R[B] = nil</summary>
    LoadNil,

    /// <summary>R[A] = U[B]</summary>
    GetUpvalue,

    /// <summary>R[A] = environment[K[D]]</summary>
    GetGlobal,

    /// <summary>R[A] = R[B][RK[C]]</summary>
    GetTable,

    /// <summary>environment[K[D]] = R[A]</summary>
    SetGlobal,

    /// <summary>U[B] = R[A]</summary>
    SetUpvalue,

    /// <summary>R[A][RK[B]] = RK[C]</summary>
    SetTable,

    /// <summary>R[A] = a table with room for B values and C fields</summary>
    NewTable,

    /// <summary>R[A+1] = R[B]; R[A] = R[B][RK[C]]</summary>
    Self,

    /// <summary>R[A] = RK[B] + RK[C], and so on to Power</summary>
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Power,

    /// <summary>R[A] = -R[B]</summary>
    Negate,

    /// <summary>R[A] = not R[B]</summary>
    Not,

    /// <summary>R[A] = length of R[B]</summary>
    Length,

    /// <summary>R[A] = R[B] .. to .. R[C]</summary>
    Concat,

    /// <summary>goes on D instructions further</summary>
    Jump,

    /// <summary>
    /// over the jump that follows, unless (RK[B] == RK[C]) is A; LessThan and LessEqual likewise
    /// </summary>
    Equal,
    LessThan,
    LessEqual,

    /// <summary>over the jump that follows, unless R[A] is as true as C</summary>
    Test,

    /// <summary>R[A] = R[B] and the jump that follows, if R[B] is as true as C; else over the jump</summary>
    TestSet,

    /// <summary>R[A] to R[A+C-2] = R[A](R[A+1] to R[A+B-1]); B or C 0: up to the top</summary>
    Call,

    /// <summary>return R[A](R[A+1] to R[A+B-1])</summary>
    TailCall,

    /// <summary>return R[A] to R[A+B-2]</summary>
    Return,

    /// <summary>R[A] += R[A+2]; if R[A] is within R[A+1], R[A+3] = R[A] and D instructions further</summary>
    ForLoop,

    /// <summary>R[A] -= R[A+2]; D instructions further</summary>
    ForPrepare,

    /// <summary>
    /// R[A+3] to R[A+2+C] = R[A](R[A+1], R[A+2]); R[A+2] = R[A+3], or over the jump if that is nil
    /// </summary>
    ForIn,

    /// <summary>R[A][(C-1)*50+i] = R[A+i] for 1 to B</summary>
    SetList,

    /// <summary>closes upvalues from R[A] on</summary>
    Close,

    /// <summary>R[A] = a closure of function D; what it binds follows as Move and GetUpvalue</summary>
    Closure,

    /// <summary>R[A] to R[A+B-2] = the variable arguments</summary>
    VarArg,

    // Here the forms for known kinds of operands begin: R register, K constant, in the order of the operands.
    AddRR,
    AddRK,
    SubtractRR,
    SubtractRK,
    SubtractKR,
    MultiplyRR,
    MultiplyRK,
    DivideRR,
    DivideRK,
    DivideKR,
    ModuloRK,
    GetField,
    GetIndex,
    SetField,
    SetIndex,
    EqualRK,
    LessThanRR,
    LessThanRK,
    LessThanKR,
    LessEqualRR,
    LessEqualRK,
    LessEqualKR,
    CloseAndReturn,
}

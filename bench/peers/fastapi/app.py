"""The accounts API as its FastAPI version answered: FastAPI, SQLAlchemy 2 with asyncpg, python-jose, bcrypt."""

import os
from datetime import datetime, timedelta, timezone
from typing import Annotated, Any, Generic, TypeVar
from uuid import uuid4

import bcrypt
from fastapi import Depends, FastAPI, HTTPException, Request
from fastapi.middleware.cors import CORSMiddleware
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from jose import JWTError, jwt
from pydantic import BaseModel, ConfigDict
from sqlalchemy import ForeignKey, String, delete, or_, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import DateTime
from starlette.concurrency import run_in_threadpool

ACCESS_SECRET = os.environ["ACCESS_TOKEN_SECRET_KEY"]
REFRESH_SECRET = os.environ["REFRESH_TOKEN_SECRET_KEY"]
ALGORITHM = "HS256"
ACCESS_MINUTES = 1440
REFRESH_MINUTES = 10080
MAX_SESSIONS = int(os.environ["MAX_SESSIONS_PER_USER"])

engine = create_async_engine(os.environ["DATABASE_URL"], pool_size=10, max_overflow=0)
sessionmaker = async_sessionmaker(engine, expire_on_commit=False)


T = TypeVar("T")


class Base(DeclarativeBase):
    type_annotation_map = {datetime: DateTime(timezone=True)}


class User(Base):
    __tablename__ = "users"
    id: Mapped[str] = mapped_column(String(150), primary_key=True, index=True)
    name: Mapped[str] = mapped_column(String(50))
    email: Mapped[str] = mapped_column(String(100), unique=True)
    username: Mapped[str] = mapped_column(String(50), unique=True, index=True)
    password: Mapped[str] = mapped_column(String(100))
    country_code: Mapped[int | None]
    phone: Mapped[str | None] = mapped_column(String(10), unique=True)
    is_verified: Mapped[bool]
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime | None]


class Session(Base):
    __tablename__ = "sessions"
    id: Mapped[str] = mapped_column(String(150), primary_key=True)
    refresh_token: Mapped[str] = mapped_column(String(500))
    expires_at: Mapped[datetime]
    user_id: Mapped[str] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    user_agent: Mapped[str | None] = mapped_column(String(255))
    ip_address: Mapped[str | None] = mapped_column(String(45))
    created_at: Mapped[datetime]
    updated_at: Mapped[datetime | None]


class UserOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    id: str
    name: str
    email: str
    username: str
    country_code: int | None
    phone: str | None
    is_verified: bool
    created_at: datetime
    updated_at: datetime | None


class SessionOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)
    id: str
    user_agent: str | None
    ip_address: str | None
    created_at: datetime
    expires_at: datetime


class SessionsOut(BaseModel):
    sessions: list[SessionOut]
    total_sessions: int


class SignedIn(BaseModel):
    user: UserOut
    access_token: str
    refresh_token: str
    token_type: str = "Bearer"


class Envelope(BaseModel, Generic[T]):
    local_date_time: datetime
    data: T
    api_error: None = None


class LoginIn(BaseModel):
    identifier: str
    password: str


class RefreshIn(BaseModel):
    refresh_token: str


def now() -> datetime:
    return datetime.now(timezone.utc)


def envelope(data: Any) -> dict[str, Any]:
    return {"local_date_time": now(), "data": data}


def token(secret: str, minutes: int, user_id: str, session_id: str) -> str:
    claims = {"sub": user_id, "sid": session_id, "jti": uuid4().hex, "exp": now() + timedelta(minutes=minutes)}
    return jwt.encode(claims, secret, algorithm=ALGORITHM)


def signed_in(user: User, session: Session) -> dict[str, Any]:
    access = token(ACCESS_SECRET, ACCESS_MINUTES, user.id, session.id)
    return envelope({"user": user, "access_token": access, "refresh_token": session.refresh_token})


async def database():
    async with sessionmaker() as db:
        yield db


Db = Annotated[AsyncSession, Depends(database)]
Bearer = Annotated[HTTPAuthorizationCredentials, Depends(HTTPBearer())]


async def current_user(credentials: Bearer, db: Db) -> User:
    try:
        claims = jwt.decode(credentials.credentials, ACCESS_SECRET, algorithms=[ALGORITHM])
    except JWTError:
        raise HTTPException(401)
    session = await db.scalar(select(Session).where(Session.id == claims["sid"], Session.expires_at > now()))
    user = await db.scalar(select(User).where(User.id == claims["sub"]))
    if session is None or user is None:
        raise HTTPException(401)
    return user


Caller = Annotated[User, Depends(current_user)]

app = FastAPI()
app.add_middleware(
    CORSMiddleware,
    allow_origins=["http://localhost:3000"],
    allow_credentials=True,
    allow_methods=["*"],
    allow_headers=["*"],
)


@app.get("/health")
async def health() -> dict[str, str]:
    return {"status": "healthy"}


@app.get("/api/v1/users/me", response_model=Envelope[UserOut])
async def me(user: Caller):
    return envelope(user)


@app.get("/api/v1/sessions", response_model=Envelope[SessionsOut])
async def sessions(user: Caller, db: Db):
    live = select(Session).where(Session.user_id == user.id, Session.expires_at > now())
    found = (await db.scalars(live.order_by(Session.created_at.desc()))).all()
    return envelope({"sessions": found, "total_sessions": len(found)})


@app.post("/api/v1/auth/login", response_model=Envelope[SignedIn])
async def login(body: LoginIn, request: Request, db: Db):
    named = or_(User.email == body.identifier.lower(), User.username == body.identifier)
    user = await db.scalar(select(User).where(named))
    # In a thread, so that one password does not stop all other requests.
    if user is None or not await run_in_threadpool(
        bcrypt.checkpw, body.password.encode(), user.password.encode()
    ):
        raise HTTPException(401)
    session_id = str(uuid4())
    session = Session(
        id=session_id,
        refresh_token=token(REFRESH_SECRET, REFRESH_MINUTES, user.id, session_id),
        expires_at=now() + timedelta(minutes=REFRESH_MINUTES),
        user_id=user.id,
        user_agent=request.headers.get("user-agent"),
        ip_address=request.client.host if request.client else None,
        created_at=now(),
    )
    db.add(session)
    await db.flush()
    newest = select(Session.id).where(Session.user_id == user.id).order_by(Session.created_at.desc())
    await db.execute(delete(Session).where(Session.id.in_(newest.offset(MAX_SESSIONS))))
    await db.commit()
    return signed_in(user, session)


@app.post("/api/v1/auth/refresh", response_model=Envelope[SignedIn])
async def refresh(body: RefreshIn, db: Db):
    try:
        claims = jwt.decode(body.refresh_token, REFRESH_SECRET, algorithms=[ALGORITHM])
    except JWTError:
        raise HTTPException(401)
    session = await db.scalar(select(Session).where(Session.id == claims["sid"], Session.expires_at > now()))
    user = await db.scalar(select(User).where(User.id == claims["sub"]))
    if user is None or session is None or session.refresh_token != body.refresh_token:
        raise HTTPException(401)
    session.refresh_token = token(REFRESH_SECRET, REFRESH_MINUTES, user.id, session.id)
    session.expires_at = now() + timedelta(minutes=REFRESH_MINUTES)
    session.updated_at = now()
    await db.commit()
    return signed_in(user, session)
